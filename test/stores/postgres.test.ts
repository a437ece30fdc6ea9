import { ConfigurationError } from 'countersign'
import { createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { startPostgres } from '../servers/postgres'

const server = await startPostgres()
const pools: pg.Pool[] = []

function openPool({ options, ...config }: pg.PoolConfig = {}): pg.Pool {
  const url = new URL(server?.url ?? 'postgres://nowhere')
  // What stands in the URL wins over the option of that name.
  const all = [url.searchParams.get('options'), options].filter(Boolean).join(' ')
  if (all) url.searchParams.set('options', all)
  const pool = new pg.Pool({ connectionString: url.href, max: 4, ...config })
  pool.on('error', () => undefined)
  pools.push(pool)
  return pool
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()))
})
afterAll(() => server?.stop())

let made = 0
const fresh = (name: string) => `${name}_${++made}`
const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: hour })

async function openStore(config?: pg.PoolConfig) {
  const pool = openPool(config)
  const table = fresh('keys')
  const store = postgresStore(pool, { table })
  await store.migrate()
  return { pool, table, store }
}

/** A pool of one connection that is the test's own, so that what the store does happens in its transaction. */
function onlyOn(client: pg.PoolClient) {
  return { query: (text: string, values?: unknown[]) => client.query(text, values), connect: async () => client }
}

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it resolved'),
    (error) => error,
  )

describe.skipIf(!server)('the table', () => {
  test('is made once by ten processes’ worth of migrate at once, also where they looked for it before', async () => {
    const table = fresh('keys')
    const stores = Array.from({ length: 10 }, () => {
      const pool = openPool({ max: 1 })
      return { pool, store: postgresStore(pool, { table }) }
    })
    // What a session has looked up it remembers: here that there is no such table, and every function that migrate calls.
    for (const { pool, store } of stores) {
      await postgresStore(pool, { table: fresh('other') }).migrate()
      await expect(store.claim('a', holding('t'))).rejects.toBeInstanceOf(IdempotencyError)
      expect(await store.check()).toMatchObject([{ code: 'missing_table' }])
    }
    await Promise.all(stores.map(({ store }) => store.migrate()))
    await Promise.all(stores.map(({ store }) => store.migrate()))
    const { rows } = await openPool().query('SELECT indexname FROM pg_indexes WHERE tablename = $1', [table])
    expect(rows).toHaveLength(3)
    const claims = await Promise.all(stores.map(({ store }, index) => store.claim('a', holding(`t${index}`))))
    expect(claims.filter(({ status }) => status === 'claimed')).toHaveLength(1)
  })

  test('migrate keeps what is there, and needs no right to create where it is', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('a', holding('t'))
    const role = fresh('reader')
    await pool.query(`CREATE ROLE ${role}`)
    await pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${role}`)
    const schema = (await pool.query('SELECT current_schema() AS name')).rows[0].name
    await pool.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`)
    await pool.query(`REVOKE CREATE ON SCHEMA ${schema} FROM PUBLIC`)
    const client = await pool.connect()
    await client.query(`SET ROLE ${role}`)
    const restricted = postgresStore(onlyOn(client), { table })
    await restricted.migrate()
    expect(await restricted.claim('a', holding('other'))).toMatchObject({ status: 'in_progress' })
    client.release(true)
    await pool.query(`DROP OWNED BY ${role}`)
    await pool.query(`DROP ROLE ${role}`)
  })

  test('that is missing says what to do, through the engine too', async () => {
    const store = postgresStore(openPool(), { table: 'nowhere' })
    const missing = { code: 'store_unavailable', hint: expect.stringContaining('migrate()'), cause: { code: '42P01' } }
    await expect(store.claim('a', holding('t'))).rejects.toMatchObject(missing)
    await expect(store.sweep(1)).rejects.toMatchObject(missing)
    await expect(createIdempotency({ store }).run('a', () => 1)).rejects.toMatchObject(missing)
  })

  test('of another name or schema keeps its own keys', async () => {
    const pool = openPool()
    const schema = fresh('schema')
    await pool.query(`CREATE SCHEMA ${schema}`)
    const stores = [`${schema}.Keys`, `${schema}.keys`, fresh('keys')].map((table) => postgresStore(pool, { table }))
    for (const store of stores) {
      await store.migrate()
      expect(await store.claim('a', holding('t'))).toEqual({ status: 'claimed', attempt: 1 })
      expect(await store.check()).toEqual([])
    }
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
  })

  test.each(['', '"keys"', 'a.b.c', 'keys;', 'a-b', '1a', 'x'.repeat(64), 'a..b', undefined, 7])('is not named %j', (table) => {
    const create = () => postgresStore(openPool(), { table: table as string })
    if (table === undefined) return expect(create).not.toThrow()
    expect(create).toThrow(ConfigurationError)
  })

  test.each([undefined, null, 'postgres://localhost', {}, { query: () => undefined }])('is not in %j', (pool) => {
    expect(() => postgresStore(pool as never)).toThrow(/Expected `pool` to be a pool of pg, the sql of postgres.js, or a PGlite/)
  })
})

describe.skipIf(!server)('check', () => {
  const codes = async (config: pg.PoolConfig, change = '') => {
    const { pool, table } = await openStore()
    if (change) await pool.query(`ALTER TABLE ${table} ${change}`)
    return (await postgresStore(openPool(config), { table }).check()).map(({ code }) => code)
  }

  test('finds nothing where all is well', async () => expect(await codes({})).toEqual([]))
  test('finds an unlogged table', async () => expect(await codes({}, 'SET UNLOGGED')).toEqual(['unlogged_table']))
  test('finds synchronous_commit off', async () =>
    expect(await codes({ options: '-c synchronous_commit=off' })).toEqual(['synchronous_commit_off']))
  test('finds transactions that are read-only', async () =>
    expect(await codes({ options: '-c default_transaction_read_only=on' })).toEqual(['read_only']))
  test('finds a missing table, and says how to mend it', async () => {
    const findings = await postgresStore(openPool(), { table: 'nowhere' }).check()
    expect(findings).toEqual([{ code: 'missing_table', message: expect.stringContaining('migrate()') }])
  })
})

describe.skipIf(!server)('a claim', () => {
  test('of a key that is completed or held takes no lock, writes nothing and waits for nobody', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('done', holding('t'))
    await store.complete('done', 't', Uint8Array.of(1), hour)
    await store.claim('held', holding('t'))
    const client = await pool.connect()
    await client.query('BEGIN')
    const inside = postgresStore(onlyOn(client), { table })
    for (const key of ['done', 'held']) {
      for (let index = 0; index < 50; index++) {
        const claim = await inside.claim(key, holding(`other${index}`))
        expect(claim.status).toBe(key === 'done' ? 'completed' : 'in_progress')
      }
    }
    // A transaction that locked a row or wrote a byte has a number.
    const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned()::text AS id')
    expect(rows).toEqual([{ id: null }])
    await client.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    expect(await store.claim('done', holding('other'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
    expect((await store.claim('held', holding('other'))).status).toBe('in_progress')
    await client.query('ROLLBACK')
    client.release()
  })

  test('of a completed key leaves the log of the server where it was', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('done', holding('t'))
    await store.complete('done', 't', undefined, hour)
    // Else the first reader marks the row as committed, which is written too.
    await pool.query(`VACUUM ${table}`)
    const position = async () => (await pool.query('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0].lsn
    const rounds: boolean[] = []
    // The server writes on its own account now and then.
    for (let round = 0; round < 5 && !rounds.includes(true); round++) {
      const before = await position()
      for (let index = 0; index < 100; index++) await store.claim('done', holding(`other${round}/${index}`))
      rounds.push((await position()) === before)
    }
    expect(rounds).toContain(true)
  })

  test('that another commits before, unseen at first, is asked again and answered', async () => {
    const { pool, table, store } = await openStore()
    const client = await pool.connect()
    await client.query('BEGIN')
    expect(await postgresStore(onlyOn(client), { table }).claim('a', holding('winner'))).toEqual({
      status: 'claimed',
      attempt: 1,
    })
    const loser = store.claim('a', holding('loser'))
    await waitFor(pool, table)
    await client.query('COMMIT')
    client.release()
    expect(await loser).toMatchObject({ status: 'in_progress' })
  })

  test('that waits for a takeover that is rolled back takes over itself', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('a', { token: 'dead', leaseMs: 0, retentionMs: hour })
    const client = await pool.connect()
    await client.query('BEGIN')
    expect(await postgresStore(onlyOn(client), { table }).claim('a', holding('gone'))).toEqual({ status: 'claimed', attempt: 2 })
    const next = store.claim('a', holding('next'))
    await waitFor(pool, table)
    await client.query('ROLLBACK')
    client.release()
    expect(await next).toEqual({ status: 'claimed', attempt: 2 })
  })

  test('never goes on forever', async () => {
    const { pool } = await openStore()
    let asked = 0
    const store = postgresStore({
      query: async () => {
        asked++
        return { rows: [] }
      },
      connect: () => pool.connect(),
    })
    await expect(store.claim('a', holding('t'))).rejects.toThrow('No answer in 20 tries')
    expect(asked).toBe(20)
  })

  test.each(['read committed', 'repeatable read', 'serializable'])(
    'has a definite answer in %s, raced through two pools',
    async (isolation) => {
      const options = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`
      const { table, store } = await openStore({ options, max: 8 })
      const other = postgresStore(openPool({ options, max: 8 }), { table })
      for (let round = 0; round < 10; round++) {
        const claims = await Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            (index % 2 ? store : other).claim(`race${round}`, holding(`${round}/${index}`)),
          ),
        )
        expect(claims.filter(({ status }) => status === 'claimed')).toEqual([{ status: 'claimed', attempt: 1 }])
        expect(claims.filter(({ status }) => status === 'in_progress')).toHaveLength(39)
      }
    },
  )

  test('is answered with bytes or not at all', async () => {
    const types = { getTypeParser: (id: number) => (id === 17 ? (text: string) => text : pg.types.getTypeParser(id)) }
    const { store } = await openStore({ types: types as never })
    await store.claim('a', holding('t'))
    await store.complete('a', 't', Uint8Array.of(1), hour)
    await expect(store.claim('a', holding('t'))).rejects.toThrow('bytea')
  })
})

/** Until a statement on the table waits for a lock. */
async function waitFor(pool: pg.Pool, table: string): Promise<void> {
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'"
  while ((await pool.query(waiting, [`"${table}"`])).rows.length === 0);
}

describe.skipIf(!server)('the clock', () => {
  test('goes on in a long transaction', async () => {
    const { pool, store } = await openStore()
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT now()')
    await store.claim('a', { token: 't', leaseMs: 100, retentionMs: 100 })
    await pool.query('SELECT pg_sleep(0.15)')
    expect(await store.complete('a', 't', undefined, hour, client)).toBe(false)
    await client.query('ROLLBACK')
    client.release()
  })
})

describe.skipIf(!server)('sweep', () => {
  test('by several at once removes each key once, and waits for nobody', async () => {
    const { pool, table, store } = await openStore()
    const other = postgresStore(openPool(), { table })
    await pool.query(
      `INSERT INTO ${table} SELECT i, 't', NULL, 1, true, NULL, now(), now() - i * interval '1 s' FROM generate_series(1, 500) i`,
    )
    await store.claim('live', holding('t'))
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(`SELECT 1 FROM ${table} WHERE key = '500' FOR UPDATE`)
    const swept = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 ? store : other).sweep(100)))
    expect(swept.every((count) => count <= 100)).toBe(true)
    let all = swept.reduce((sum, count) => sum + count)
    for (let more = await store.sweep(100); more > 0; more = await store.sweep(100)) all += more
    expect(all).toBe(499)
    await client.query('ROLLBACK')
    client.release()
    expect(await store.sweep(100)).toBe(1)
    expect((await pool.query(`SELECT key FROM ${table}`)).rows).toEqual([{ key: 'live' }])
  })

  test('drops results whose time is over before that of their key, by an index, so many at a time', async () => {
    const { pool, table, store } = await openStore()
    await pool.query(
      `INSERT INTO ${table} SELECT i, 't', NULL, 1, true, '\\x01', now() - interval '1 s', now() + interval '1 d' FROM generate_series(1, 20000) i`,
    )
    await store.claim('whole', holding('t'))
    await store.complete('whole', 't', Uint8Array.of(1), 3_600_000)
    await pool.query(`ANALYZE ${table}`)
    const count = async () => Number((await pool.query(`SELECT count(result) FROM ${table}`)).rows[0].count)
    expect(await store.sweep(5)).toBe(0)
    expect(await count()).toBe(19_996)
    const { rows } = await pool.query(
      `EXPLAIN SELECT key FROM ${table} WHERE completed AND result IS NOT NULL AND free_at <= (SELECT clock_timestamp()) ORDER BY free_at LIMIT 5`,
    )
    expect(JSON.stringify(rows)).toContain('free_at_idx')
    expect(await store.claim('17000', holding('other'))).toEqual({ status: 'completed', result: undefined })
  })

  test('finds what is over by the index', async () => {
    const { pool, table } = await openStore()
    await pool.query(
      `INSERT INTO ${table} SELECT i, 't', NULL, 1, true, NULL, now(), now() + i * interval '1 s' FROM generate_series(1, 20000) i`,
    )
    await pool.query(`ANALYZE ${table}`)
    const plan: string[] = []
    const explain = async (text: string, values?: unknown[]) => {
      const answer = await pool.query(`EXPLAIN ${text}`, values)
      plan.push(...answer.rows.map((row) => row['QUERY PLAN']))
      return answer
    }
    await postgresStore({ query: explain, connect: () => pool.connect() }, { table }).sweep(100)
    expect(plan.join('\n')).toContain(`Index Scan using ${table}_expires_at_idx`)
  })

  test.each([-1, 1.5, undefined])('does not take %s', async (limit) => {
    await expect(postgresStore(openPool()).sweep(limit as number)).rejects.toBeInstanceOf(ConfigurationError)
  })
})

describe.skipIf(!server)('a transaction', () => {
  async function openLedger(config?: pg.PoolConfig) {
    const opened = await openStore(config)
    const ledger = fresh('ledger')
    await opened.pool.query(`CREATE TABLE ${ledger} (event text)`)
    const engine = createIdempotency({ store: opened.store, leaseSeconds: 30 })
    const pay = (client: { query(text: string, values: unknown[]): Promise<unknown> }, event: string) =>
      client.query(`INSERT INTO ${ledger} VALUES ($1)`, [event])
    const counts = async (): Promise<Record<string, number>> => {
      const { rows } = await opened.pool.query(`SELECT event, count(*)::int FROM ${ledger} GROUP BY event`)
      return Object.fromEntries(rows.map(({ event, count }) => [event, count]))
    }
    return { ...opened, engine, pay, counts, ledger }
  }
  const inTransaction = { transaction: true } as const

  test('commits the work’s writes with the completion', async () => {
    const { engine, pay, counts } = await openLedger()
    const work = ({ transaction }: { transaction: pg.PoolClient }) => pay(transaction, 'a').then(() => 'paid')
    expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'executed', result: 'paid' })
    expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'replayed', result: 'paid' })
    expect(await counts()).toEqual({ a: 1 })
  })

  test('is rolled back when a stale holder wants to complete, and changes nothing', async () => {
    const { pool, store, table, engine, pay, counts } = await openLedger()
    const stale = engine.run(
      'a',
      async ({ transaction }) => {
        await pay(transaction, 'stale')
        await pool.query(`UPDATE ${table} SET free_at = clock_timestamp()`)
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
  })

  test.each(['between two statements', 'in the middle of one', 'before the commit'])(
    'whose connection is killed %s leaves nothing; the next attempt does it once, and the process lives',
    async (moment) => {
      const { pool, engine, pay, counts } = await openLedger()
      const killer = openPool()
      const kill = async (client: pg.PoolClient) => {
        const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
        await killer.query('SELECT pg_terminate_backend($1, 5000)', [rows[0].pid])
      }
      const error = await caught(
        engine.run(
          'a',
          async ({ transaction }) => {
            await pay(transaction, 'a')
            if (moment === 'in the middle of one') {
              const { rows } = await transaction.query('SELECT pg_backend_pid() AS pid')
              setTimeout(() => void killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]), 50)
              await transaction.query('SELECT pg_sleep(30)')
            } else await kill(transaction)
            if (moment === 'between two statements') await pay(transaction, 'a')
            return 'paid'
          },
          inTransaction,
        ),
      )
      expect(error).toBeInstanceOf(Error)
      if (moment === 'before the commit') expect(error).toMatchObject({ code: 'store_unavailable' })
      expect(await counts()).toEqual({})
      const work = ({ transaction, attempt }: { transaction: pg.PoolClient; attempt: number }) =>
        pay(transaction, 'a').then(() => attempt)
      expect(await engine.run('a', work, inTransaction)).toEqual({ status: 'executed', result: 2 })
      expect(await counts()).toEqual({ a: 1 })
      expect(pool.totalCount).toBe(pool.idleCount)
    },
  )

  test('that commits but whose answer is lost is done: the next run replays it', async () => {
    const { pool, table, ledger, pay, counts } = await openLedger()
    const lossy = {
      query: (text: string, values?: unknown[]) => pool.query(text, values),
      async connect() {
        const client = await pool.connect()
        const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<pg.QueryResult>
        return Object.assign(Object.create(client) as pg.PoolClient, {
          release: (error?: Error) => client.release(error),
          async query(text: string, values?: unknown[]) {
            const answer = await query(text, values)
            if (text === 'COMMIT') throw new Error('the answer was lost')
            return answer
          },
        })
      },
    }
    const { run } = createIdempotency({ store: postgresStore(lossy, { table }) })
    await expect(run('a', ({ transaction }) => pay(transaction, 'a').then(() => ledger), inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(await counts()).toEqual({ a: 1 })
    expect(await run('a', () => 'never', inTransaction)).toEqual({ status: 'replayed', result: ledger })
  })

  test('in which a failed statement was caught is no success', async () => {
    const { store, engine, pay, counts } = await openLedger()
    const careless = async (client: pg.PoolClient) => {
      await pay(client, 'a')
      await client.query('SELECT 1 / 0').catch(() => undefined)
    }
    await expect(engine.run('a', ({ transaction }) => careless(transaction), inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await expect(store.transaction(careless)).rejects.toThrow('rolled back')
    expect(await counts()).toEqual({})
  })

  test('that fails only at commit is rolled back and given back', async () => {
    const { pool, engine, ledger, counts } = await openLedger()
    await pool.query(`ALTER TABLE ${ledger} ADD UNIQUE (event) DEFERRABLE INITIALLY DEFERRED`)
    const twice = ({ transaction }: { transaction: pg.PoolClient }) =>
      transaction.query(`INSERT INTO ${ledger} VALUES ('a'), ('a')`).then(() => 1)
    await expect(engine.run('a', twice, inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
      cause: { code: '23505' },
    })
    expect(await counts()).toEqual({})
    expect(await engine.run('a', ({ attempt }) => attempt, inTransaction)).toEqual({ status: 'executed', result: 2 })
  })

  test('whose rollback fails too throws what failed first, and drops the connection', async () => {
    const { pool, store } = await openStore()
    const mine = new Error('mine')
    const failing = store.transaction(async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
      await pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0].pid])
      throw mine
    })
    await expect(failing).rejects.toBe(mine)
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test.each([4, 2, 1])(
    '200 runs of 40 events at once end on a pool of %d, each event done once',
    async (max) => {
      const { pool, engine, pay, counts } = await openLedger({ max })
      let open = 0
      let most = 0
      const deliver = async (event: string): Promise<void> => {
        const end = await engine
          .run(
            event,
            async ({ transaction }) => {
              most = Math.max(most, ++open)
              await pay(transaction, event)
              open--
            },
            inTransaction,
          )
          .catch((error) => error)
        // As a sender would.
        if (end instanceof IdempotencyError && ['in_progress', 'store_unavailable'].includes(end.code)) return deliver(event)
        if (end instanceof Error) throw end
      }
      await Promise.all(Array.from({ length: 200 }, (_, index) => deliver(`event${index % 40}`)))
      expect(await counts()).toEqual(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`event${index}`, 1])))
      expect(most).toBeLessThanOrEqual(Math.max(1, max - 1))
      expect(pool.waitingCount).toBe(0)
    },
    60_000,
  )

  test('exactly once while connections are killed at random and leases run out', async () => {
    const { store, pay, counts } = await openLedger({ max: 6 })
    const killer = openPool({ max: 1 })
    const { run } = createIdempotency({ store, leaseSeconds: 0.2 })
    const events = Array.from({ length: 15 }, (_, index) => `event${index}`)
    let kills = 0
    const deliver = async (event: string, left = 200): Promise<void> => {
      const end = await run(
        event,
        async ({ transaction, attempt }) => {
          await pay(transaction, event)
          // Longer than the lease now and then, killed now and then.
          if (attempt % 3 === 1) await transaction.query('SELECT pg_sleep(0.25)')
          if (attempt % 3 === 2) {
            const { rows } = await transaction.query('SELECT pg_backend_pid() AS pid')
            kills++
            await killer.query('SELECT pg_terminate_backend($1, 5000)', [rows[0].pid])
          }
        },
        inTransaction,
      ).catch((error) => error)
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

describe.skipIf(!server)('complete in a transaction of one’s own', () => {
  test('takes effect with it, on any client', async () => {
    const { pool, store } = await openStore()
    const { run } = createIdempotency({ store })
    const own = await pool.connect()
    const outcome = await run('a', async ({ complete }) => {
      await own.query('BEGIN')
      await complete(own)
      const meanwhile = await store.claim('a', holding('other'))
      expect(meanwhile.status).toBe('in_progress')
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
      const own = await pool.connect()
      await own.query('BEGIN')
      await complete(own)
      await own.query('ROLLBACK')
      own.release()
      throw mine
    })
    await expect(failing).rejects.toBe(mine)
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })
})
