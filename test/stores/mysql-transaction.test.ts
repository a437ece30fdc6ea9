import { createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { mysqlStore, type PoolConnection as StoreConnection } from 'countersign/stores/mysql'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import type { PoolConnection, PoolOptions, RowDataPacket } from 'mysql2/promise'
import { describe, expect, test, vi } from 'vitest'
import { fresh, holding, hour, settled, startStage, untilWaiting } from './mysql-harness'

const { server, openPool, openStore } = await startStage()

const inTransaction = { transaction: true } as const

async function openLedger(options?: PoolOptions, session?: string) {
  const opened = await openStore(options, session)
  const ledger = fresh('ledger')
  await opened.pool.query(`CREATE TABLE ${ledger} (event VARCHAR(100)) ENGINE = InnoDB`)
  const engine = createIdempotency({ store: opened.store, leaseSeconds: 30 })
  const pay = (connection: { query(sql: string): Promise<unknown> }, event: string) =>
    connection.query(`INSERT INTO ${ledger} VALUES ('${event}')`)
  const counts = async (): Promise<Record<string, number>> => {
    const [rows] = await opened.pool.query<RowDataPacket[]>(`SELECT event, COUNT(*) AS many FROM ${ledger} GROUP BY event`)
    return Object.fromEntries(rows.map(({ event, many }) => [event, many]))
  }
  return { ...opened, engine, pay, counts, ledger }
}

const rowsIn = async (connection: PoolConnection, sql: string) => (await connection.query<RowDataPacket[]>(sql))[0]

describe.skipIf(!server)('a transaction', () => {
  test('commits the work’s writes with the completion', async () => {
    const { engine, pay, counts } = await openLedger()
    const work = ({ transaction }: { transaction: PoolConnection }) => pay(transaction, 'a').then(() => 'paid')
    expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'executed', result: 'paid' })
    expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'replayed', result: 'paid' })
    expect(await counts()).toEqual({ a: 1 })
  })

  test.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])(
    'is rolled back when a stale holder wants to complete, and changes nothing, in %s',
    async (level) => {
      const { pool, store, table, engine, pay, counts } = await openLedger({}, `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`)
      const stale = engine.run(
        'a',
        async ({ transaction }) => {
          // From here on it sees what is true now and no more; none of it is locked.
          if (level === 'REPEATABLE READ') await transaction.query(`SELECT * FROM ${table}`)
          await pay(transaction, 'stale')
          await pool.query(`UPDATE ${table} SET free_at = UTC_TIMESTAMP(6)`)
          const takeover = await createIdempotency({ store }).run(
            'a',
            ({ transaction: own }) => pay(own, 'fresh').then(() => 'fresh'),
            inTransaction,
          )
          expect(takeover.status).toBe('executed')
          return 'stale'
        },
        inTransaction,
      )
      await expect(stale).rejects.toMatchObject({ code: 'fenced' })
      expect(await counts()).toEqual({ fresh: 1 })
      expect(await engine.run('a', () => 'never', inTransaction)).toEqual({ status: 'replayed', result: 'fresh' })
    },
  )

  test.each(['between two statements', 'in the middle of one', 'before the commit'])(
    'whose connection is killed %s leaves nothing; the next attempt does it once, and the process lives',
    async (moment) => {
      const { pool, engine, pay, counts } = await openLedger()
      const killer = openPool()
      const kill = async ({ threadId }: PoolConnection) => {
        await killer.query(`KILL ${threadId}`)
        const alive = `SELECT 1 FROM information_schema.PROCESSLIST WHERE id = ${threadId}`
        while ((await killer.query<RowDataPacket[]>(alive))[0].length > 0);
      }
      const failing = engine.run(
        'a',
        async ({ transaction }) => {
          await pay(transaction, 'a')
          if (moment === 'in the middle of one') {
            setTimeout(() => void kill(transaction), 50)
            await transaction.query('SELECT SLEEP(30)')
          } else await kill(transaction)
          if (moment === 'between two statements') await pay(transaction, 'a')
          return 'paid'
        },
        inTransaction,
      )
      const error = await settled(failing)
      expect(error).toBeInstanceOf(Error)
      if (moment === 'before the commit') expect(error).toMatchObject({ code: 'store_unavailable' })
      expect(await counts()).toEqual({})
      const work = ({ transaction, attempt }: { transaction: PoolConnection; attempt: number }) =>
        pay(transaction, 'a').then(() => attempt)
      expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'executed', result: 2 })
      expect(await counts()).toEqual({ a: 1 })
      expect(await pool.query('SELECT 1')).toBeDefined()
    },
  )

  test('that commits but whose answer is lost is done: the next run replays it', async () => {
    const { pool, table, ledger, pay, counts } = await openLedger()
    const lossy = {
      query: pool.query.bind(pool),
      async getConnection(): Promise<StoreConnection> {
        const connection = await pool.getConnection()
        return {
          release: () => connection.release(),
          destroy: () => connection.destroy(),
          async query(text) {
            const answer = await connection.query(text)
            if (text === 'COMMIT') throw new Error('the answer was lost')
            return answer
          },
        }
      },
    }
    const { run } = createIdempotency({ store: mysqlStore(lossy, { table }) })
    await expect(run('a', ({ transaction }) => pay(transaction, 'a').then(() => ledger), inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(await counts()).toEqual({ a: 1 })
    expect(await run('a', () => 'never', inTransaction)).toEqual({ status: 'replayed', result: ledger })
  })

  test('in which a deadlock was caught is no success, and nothing that came after it stays', async () => {
    const { pool, store, engine, pay, counts } = await openLedger()
    const locks = fresh('locks')
    await pool.query(`CREATE TABLE ${locks} (id INT PRIMARY KEY, n INT) ENGINE = InnoDB`)
    await pool.query(`INSERT INTO ${locks} VALUES (1, 0), (2, 0)`)
    const lock = (id: number) => `UPDATE ${locks} SET n = n + 1 WHERE id = ${id}`
    const careless = async (transaction: PoolConnection) => {
      const other = await pool.getConnection()
      await other.query('BEGIN')
      // What has written more is not the one that is rolled back.
      await other.query(`INSERT INTO ${locks} SELECT seq, 0 FROM seq_10_to_1000`)
      await other.query(lock(1))
      await pay(transaction, 'before')
      await transaction.query(lock(2))
      const waiting = other.query(lock(2))
      await untilWaiting(pool)
      await expect(transaction.query(lock(1))).rejects.toMatchObject({ errno: 1213 })
      await waiting
      await other.query('ROLLBACK')
      other.release()
      await pay(transaction, 'after')
    }
    const refused = { code: 'store_unavailable', message: expect.stringContaining('a deadlock in it was caught') }
    await expect(engine.run('a', ({ transaction }) => careless(transaction), inTransaction)).rejects.toMatchObject(refused)
    await expect(store.transaction(careless)).rejects.toThrow('a deadlock in it was caught')
    expect(await counts()).toEqual({})
    expect(await engine.run('a', ({ attempt }) => attempt, inTransaction)).toEqual({ status: 'executed', result: 2 })
  })

  test.each(['CREATE TABLE made_inside (id INT)', 'COMMIT', 'ROLLBACK', 'START TRANSACTION'])(
    'that was ended by %s is no success',
    async (statement) => {
      const { engine } = await openLedger()
      const careless = engine.run('a', ({ transaction }) => transaction.query(statement).then(() => 1), inTransaction)
      await expect(careless).rejects.toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('was over') })
    },
  )

  test('leaves its connection as it was', async () => {
    const { pool, store, pay, counts } = await openLedger({ connectionLimit: 1 })
    for (const work of [async () => 1, () => Promise.reject(new Error('mine'))]) {
      await settled(store.transaction(work))
      const connection = await pool.getConnection()
      expect(await rowsIn(connection, 'SELECT @@autocommit AS autocommit, @@in_transaction AS open')).toEqual([
        { autocommit: 1, open: 0 },
      ])
      await pay(connection, 'a')
      await connection.query('ROLLBACK')
      connection.release()
    }
    expect(await counts()).toEqual({ a: 2 })
  })

  test('whose rollback fails too throws what failed first, and drops the connection', async () => {
    const { pool, store } = await openStore()
    const mine = new Error('mine')
    const failing = store.transaction(async ({ threadId }) => {
      await pool.query(`KILL ${threadId}`)
      throw mine
    })
    await expect(failing).rejects.toBe(mine)
    expect((await pool.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }])
  })

  test.each([4, 2, 1])(
    '200 runs of 40 events at once end on a pool of %d, each event done once',
    async (connectionLimit) => {
      const { pool, engine, pay, counts } = await openLedger({ connectionLimit })
      let open = 0
      let most = 0
      const deliver = async (event: string): Promise<void> => {
        const end = await settled(
          engine.run(
            event,
            async ({ transaction }) => {
              most = Math.max(most, ++open)
              await pay(transaction, event)
              open--
            },
            inTransaction,
          ),
        )
        // As a sender would.
        if (end instanceof IdempotencyError && ['in_progress', 'store_unavailable'].includes(end.code)) return deliver(event)
        if (end instanceof Error) throw end
      }
      await Promise.all(Array.from({ length: 200 }, (_, index) => deliver(`event${index % 40}`)))
      expect(await counts()).toEqual(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`event${index}`, 1])))
      expect(most).toBeLessThanOrEqual(Math.max(1, connectionLimit - 1))
      expect(await pool.query('SELECT 1')).toBeDefined()
    },
    60_000,
  )

  test('shares its places with every store of the same pool', async () => {
    const { pool, store, table } = await openStore({ connectionLimit: 3 })
    const others = [store, mysqlStore(pool, { table }), mysqlStore(pool.pool.promise(), { table })]
    let open = 0
    let most = 0
    const work = async (connection: PoolConnection) => {
      most = Math.max(most, ++open)
      await connection.query('SELECT SLEEP(0.01)')
      open--
    }
    await Promise.all(Array.from({ length: 30 }, (_, index) => others[index % 3]?.transaction(work)))
    expect(most).toBe(2)
  })

  test('exactly once while connections are killed at random and leases run out', async () => {
    const { store, pay, counts } = await openLedger({ connectionLimit: 6 })
    const killer = openPool({ connectionLimit: 1 })
    const { run } = createIdempotency({ store, leaseSeconds: 0.2 })
    const events = Array.from({ length: 15 }, (_, index) => `event${index}`)
    let kills = 0
    const deliver = async (event: string, left = 200): Promise<void> => {
      const end = await settled(
        run(
          event,
          async ({ transaction, attempt }) => {
            await pay(transaction, event)
            // Longer than the lease now and then, killed now and then.
            if (attempt % 3 === 1) await transaction.query('SELECT SLEEP(0.25)')
            if (attempt % 3 === 2) {
              kills++
              await killer.query(`KILL ${transaction.threadId}`)
            }
          },
          inTransaction,
        ),
      )
      if (!(end instanceof Error)) return
      if (left === 0) throw end
      await new Promise((resolve) => setTimeout(resolve, 20))
      return deliver(event, left - 1)
    }
    await Promise.all(events.flatMap((event) => [deliver(event), deliver(event), deliver(event)]))
    expect(await counts()).toEqual(Object.fromEntries(events.map((event) => [event, 1])))
    expect(kills).toBeGreaterThan(0)
  }, 60_000)
})

describe('a connection', () => {
  /** A pool of one connection that goes silent at a statement, as behind a network that drops everything. */
  function silentAt(statement: string) {
    const ends: string[] = []
    const query = (sql: string) => (sql === statement ? new Promise<never>(() => undefined) : Promise.resolve<[unknown]>([{}]))
    const connection = { query, release: () => void ends.push('released'), destroy: () => void ends.push('destroyed') }
    return { store: mysqlStore({ query: () => query(''), getConnection: async () => connection }), ends }
  }

  test.each(['ROLLBACK', 'SET autocommit = 1'])('that does not answer to %s is dropped after two seconds', async (statement) => {
    vi.useFakeTimers()
    const mine = new Error('mine')
    const { store, ends } = silentAt(statement)
    const failing = settled(store.transaction(() => Promise.reject(mine)))
    await vi.advanceTimersByTimeAsync(1999)
    expect(ends).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failing).toBe(mine)
    expect(ends).toEqual(['destroyed'])
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  test('that is well is given back', async () => {
    const { store, ends } = silentAt('nothing')
    expect(await store.transaction(async () => 1)).toBe(1)
    await expect(store.transaction(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(ends).toEqual(['released', 'released'])
  })
})

describe.skipIf(!server)('complete in a transaction of one’s own', () => {
  test('takes effect with it, on any connection, and leaves its last id alone', async () => {
    const { pool, store } = await openStore()
    const { run } = createIdempotency({ store })
    const own = await openPool().getConnection()
    const orders = fresh('orders')
    await pool.query(`CREATE TABLE ${orders} (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB`)
    const outcome = await run('a', async ({ complete }) => {
      await own.query('BEGIN')
      await own.query(`INSERT INTO ${orders} VALUES (77)`)
      await own.query(`INSERT INTO ${orders} VALUES ()`)
      await complete(own)
      expect(await rowsIn(own, 'SELECT LAST_INSERT_ID() AS id')).toEqual([{ id: 78 }])
      expect((await store.claim('a', holding('other'))).status).toBe('in_progress')
      await own.query('COMMIT')
      return 'done'
    })
    own.release()
    expect(outcome).toEqual({ status: 'executed', result: 'done' })
    expect(await run('a', () => 'never')).toEqual({ status: 'replayed', result: undefined })
  })

  test('has not been where it is rolled back', async () => {
    const { pool, store } = await openStore()
    const { run } = createIdempotency({ store })
    const mine = new Error('mine')
    const failing = run('a', async ({ complete }) => {
      const own = await pool.getConnection()
      await own.query('BEGIN')
      await complete(own)
      await own.query('ROLLBACK')
      own.release()
      throw mine
    })
    await expect(failing).rejects.toBe(mine)
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })

  test('whose deadlock it meets is not tried again', async () => {
    const { store } = await openStore()
    let asked = 0
    const tx = {
      async query(): Promise<never> {
        asked++
        throw Object.assign(new Error('deadlock'), { errno: 1213 })
      },
    }
    await expect(store.complete('a', 't', undefined, hour, tx)).rejects.toMatchObject({ errno: 1213 })
    expect(asked).toBe(1)
    const mute = { query: async (): Promise<[unknown]> => [[]] }
    await expect(store.complete('a', 't', undefined, hour, mute)).rejects.toThrow('affectedRows')
  })

  test('may be one of Drizzle or Kysely', async () => {
    const { store, table, pool } = await openStore()
    const callbackPool = createPool({ uri: server?.url ?? '', connectionLimit: 2 })
    const kysely = new Kysely<Record<string, never>>({ dialect: new MysqlDialect({ pool: callbackPool }) })
    const transactions: Record<string, (key: string, token: string, fails: boolean) => Promise<boolean>> = {
      drizzle: (key, token, fails) =>
        drizzle(pool).transaction(async (tx) => {
          const answer = await store.complete(key, token, Uint8Array.of(1), hour, {
            query: (text) => tx.execute(drizzleSql.raw(text)),
          })
          if (fails) tx.rollback()
          return answer
        }),
      kysely: (key, token, fails) =>
        kysely.transaction().execute(async (tx) => {
          const answer = await store.complete(key, token, Uint8Array.of(1), hour, {
            query: async (text) => [{ affectedRows: (await tx.executeQuery(CompiledQuery.raw(text))).numAffectedRows }],
          })
          if (fails) throw new Error('mine')
          return answer
        }),
    }
    for (const [library, complete] of Object.entries(transactions)) {
      await store.claim(library, holding('t'))
      expect(await settled(complete(library, 't', true))).toBeInstanceOf(Error)
      expect(await store.claim(library, holding('other'))).toMatchObject({ status: 'in_progress' })
      expect(await complete(library, 'other', false)).toBe(false)
      expect(await complete(library, 't', false)).toBe(true)
      expect(await complete(library, 't', false)).toBe(true)
      expect(await mysqlStore(pool, { table }).claim(library, holding('t'))).toEqual({
        status: 'completed',
        result: Uint8Array.of(1),
      })
    }
    await kysely.destroy()
  })
})
