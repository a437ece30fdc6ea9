import { inspect } from 'node:util'
import { ConfigurationError } from 'countersign'
import { type Claim, createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { mysqlStore, type Pool, type Statement } from 'countersign/stores/mysql'
import { createPool } from 'mysql2'
import type { RowDataPacket } from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { fresh, holding, hour, onlyOn, settled, startStage, untilWaiting } from './mysql-harness'

const { server, openPool, openStore, rowsOf } = await startStage()

describe.skipIf(!server)('the table', () => {
  test('is made once by ten processes’ worth of migrate at once', async () => {
    const table = fresh('keys')
    const stores = Array.from({ length: 10 }, () => mysqlStore(openPool({ connectionLimit: 1 }), { table }))
    await Promise.all(stores.map((store) => store.migrate()))
    await Promise.all(stores.map((store) => store.migrate()))
    expect(await rowsOf(`SHOW INDEX FROM ${table}`)).toHaveLength(2)
    const claims = await Promise.all(stores.map((store, index) => store.claim('a', holding(`t${index}`))))
    expect(claims.filter(({ status }) => status === 'claimed')).toHaveLength(1)
  })

  test('migrate keeps what is there, and needs no right to create where it is', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('a', holding('t'))
    await pool.query(`CREATE USER ${table}@127.0.0.1`)
    await pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON countersign.${table} TO ${table}@127.0.0.1`)
    const restricted = mysqlStore(openPool({ user: table }), { table })
    await restricted.migrate()
    expect(await restricted.claim('a', holding('other'))).toMatchObject({ status: 'in_progress' })
    expect(await restricted.complete('a', 't', undefined, 0)).toBe(true)
    expect(await restricted.sweep(1)).toBe(1)
    expect(await restricted.check()).toEqual([])
    await expect(mysqlStore(openPool({ user: table }), { table: 'other' }).migrate()).rejects.toThrow(/denied/)
  })

  test('that is missing says what to do, through the engine too', async () => {
    const store = mysqlStore(openPool(), { table: 'nowhere' })
    const missing = { code: 'store_unavailable', message: expect.stringContaining('migrate()'), cause: { errno: 1146 } }
    await expect(store.claim('a', holding('t'))).rejects.toMatchObject(missing)
    await expect(store.sweep(1)).rejects.toMatchObject(missing)
    await expect(createIdempotency({ store }).run('a', () => 1)).rejects.toMatchObject(missing)
    const { table, pool } = await openStore()
    await pool.query(`ALTER TABLE ${table} DROP COLUMN attempt`)
    const other = { ...missing, cause: { errno: 1054 } }
    await expect(mysqlStore(pool, { table }).claim('a', holding('t'))).rejects.toMatchObject(other)
  })

  test('whose server refuses a statement does not show what is stored', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('a', holding('t'))
    await pool.query(`ALTER TABLE ${table} MODIFY result VARBINARY(1)`)
    const error = await settled(store.complete('a', 't', new TextEncoder().encode('a secret'), hour))
    expect(error).toMatchObject({ errno: 1406 })
    expect(inspect(error, { showHidden: true, depth: null })).not.toContain(Buffer.from('a secret').toString('base64'))
  })

  test('of another name or database keeps its own keys', async () => {
    const pool = openPool()
    const database = fresh('database')
    await pool.query(`CREATE DATABASE ${database}`)
    const stores = [`${database}.Keys`, `${database}.keys`, fresh('keys')].map((table) => mysqlStore(pool, { table }))
    for (const store of stores) {
      expect(await store.check()).toMatchObject([{ code: 'missing_table' }])
      await store.migrate()
      expect(await store.claim('a', holding('t'))).toEqual({ status: 'claimed', attempt: 1 })
      expect(await store.check()).toEqual([])
    }
  })

  test.each(['', '`keys`', 'a.b.c', 'keys;', 'a-b', '1a', 'x'.repeat(65), 'a..b', undefined, 7])('is not named %j', (table) => {
    const create = () => mysqlStore(openPool(), { table: table as string })
    if (table === undefined) return expect(create).not.toThrow()
    expect(create).toThrow(ConfigurationError)
  })

  test.each([undefined, null, 'mysql://localhost', {}, { query: () => undefined }, createPool({})])('is not in %j', (pool) => {
    expect(() => mysqlStore(pool as never)).toThrow(/Expected `pool` to be a pool of mysql2\/promise/)
  })
})

describe.skipIf(!server)('a claim', () => {
  test('takes two round trips, one where the key is held or completed, as complete does', async () => {
    const { pool, table } = await openStore()
    let sent = 0
    const counted: Pool = {
      getConnection: () => pool.getConnection(),
      query(statement: Statement) {
        sent++
        return pool.query(statement)
      },
    }
    const store = mysqlStore(counted, { table })
    const tripsOf = async (act: () => Promise<unknown>) => {
      const before = sent
      const answer = await act()
      return [sent - before, answer]
    }
    expect(await tripsOf(() => store.claim('a', holding('t')))).toEqual([2, { status: 'claimed', attempt: 1 }])
    expect(await tripsOf(() => store.claim('a', holding('other')))).toEqual([1, expect.anything()])
    expect(await tripsOf(() => store.extend('a', 't', 0))).toEqual([1, true])
    expect(await tripsOf(() => store.claim('a', holding('u')))).toEqual([2, { status: 'claimed', attempt: 2 }])
    expect(await tripsOf(() => store.complete('a', 'u', undefined, hour))).toEqual([1, true])
    expect(await tripsOf(() => store.claim('a', holding('other')))).toEqual([1, { status: 'completed', result: undefined }])
  })

  test('of a key that is completed or held takes no lock, writes nothing and waits for nobody', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('done', holding('t'))
    await store.complete('done', 't', Uint8Array.of(1), hour)
    await store.claim('held', holding('t'))
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    const inside = mysqlStore(onlyOn(connection), { table })
    for (const key of ['done', 'held']) {
      for (let index = 0; index < 50; index++) {
        const claim = await inside.claim(key, holding(`other${index}`))
        expect(claim.status).toBe(key === 'done' ? 'completed' : 'in_progress')
      }
    }
    const [[trx]] = await connection.query<RowDataPacket[]>(
      'SELECT trx_rows_locked, trx_rows_modified, trx_lock_structs FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = CONNECTION_ID()',
    )
    expect(trx).toEqual({ trx_rows_locked: 0, trx_rows_modified: 0, trx_lock_structs: 0 })
    await connection.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    expect(await store.claim('done', holding('other'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
    expect((await store.claim('held', holding('other'))).status).toBe('in_progress')
    await connection.query('ROLLBACK')
    connection.release()
  })

  test('of a completed key leaves the log of the server where it was', async () => {
    const { store } = await openStore()
    await store.claim('done', holding('t'))
    await store.complete('done', 't', undefined, hour)
    const position = async () => (await rowsOf("SHOW GLOBAL STATUS LIKE 'Innodb_lsn_current'"))[0]?.['Value'] as string
    const rounds: boolean[] = []
    // The server writes on its own account now and then.
    for (let round = 0; round < 10 && !rounds.includes(true); round++) {
      const before = await position()
      for (let index = 0; index < 50; index++) await store.claim('done', holding(`other${round}/${index}`))
      rounds.push((await position()) === before)
    }
    expect(rounds).toContain(true)
  })

  test('that another commits before, unseen at first, is asked again and answered', async () => {
    const { pool, table, store } = await openStore()
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    const winner = mysqlStore(onlyOn(connection), { table })
    expect(await winner.claim('a', holding('winner'))).toEqual({ status: 'claimed', attempt: 1 })
    const loser = store.claim('a', holding('loser'))
    await untilWaiting(pool)
    await connection.query('COMMIT')
    connection.release()
    expect(await loser).toMatchObject({ status: 'in_progress' })
  })

  test.each(['', 'SET SESSION innodb_snapshot_isolation = ON'])(
    'that waits for a takeover takes over itself where that is rolled back, and not where it is committed; %s',
    async (session) => {
      const { pool, table, store } = await openStore({}, session)
      for (const [end, answer] of [
        ['ROLLBACK', { status: 'claimed', attempt: 2 }],
        ['COMMIT', { status: 'in_progress' }],
      ] as const) {
        await store.claim(end, { token: 'dead', leaseMs: 0, retentionMs: hour })
        const connection = await pool.getConnection()
        await connection.query('BEGIN')
        const other = mysqlStore(onlyOn(connection), { table })
        expect(await other.claim(end, holding('gone'))).toEqual({ status: 'claimed', attempt: 2 })
        const next = store.claim(end, holding('next'))
        await untilWaiting(pool)
        await connection.query(end)
        connection.release()
        expect(await next).toMatchObject(answer)
      }
    },
  )

  test('that waits for a completion, or for a takeover that names another fingerprint, hears of it', async () => {
    const { pool, table, store } = await openStore()
    const connection = await pool.getConnection()
    const inside = mysqlStore(onlyOn(connection), { table })
    const over = (token: string, fingerprint?: string) => ({ token, fingerprint, leaseMs: 0, retentionMs: hour })
    const changes: readonly (readonly [(key: string) => Promise<unknown>, object])[] = [
      [(key) => inside.complete(key, 'dead', Uint8Array.of(1), hour), { status: 'completed', result: Uint8Array.of(1) }],
      [(key) => inside.claim(key, over('other', 'mine')), { status: 'mismatch' }],
      [(key) => inside.extend(key, 'dead', hour), { status: 'in_progress' }],
      [(key) => inside.release(key, 'dead', { retryAfterMs: hour }), { status: 'in_progress' }],
    ]
    for (const [index, [change, answer]] of changes.entries()) {
      const key = `a${index}`
      await store.claim(key, over('dead'))
      await connection.query('BEGIN')
      await change(key)
      const next = store.claim(key, holding('next', 'theirs'))
      await untilWaiting(pool)
      await connection.query('COMMIT')
      expect(await next).toMatchObject(answer)
    }
    connection.release()
  })

  test('does not believe what is not committed, where the pool reads that', async () => {
    const { pool, store } = await openStore({}, 'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED')
    for (const [end, status] of [
      ['ROLLBACK', 'in_progress'],
      ['COMMIT', 'completed'],
    ] as const) {
      await store.claim(end, holding('t'))
      const connection = await pool.getConnection()
      await connection.query('BEGIN')
      expect(await store.complete(end, 't', undefined, hour, connection)).toBe(true)
      const claim = store.claim(end, holding('other'))
      await untilWaiting(pool)
      await connection.query(end)
      connection.release()
      expect((await claim).status).toBe(status)
    }
  })

  test('that waited counts from then on, and not from when it began to wait', async () => {
    const { pool, table, store } = await openStore({}, 'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED')
    const answers: Claim[] = []
    for (const retryAfterMs of [0, hour]) {
      const key = `${retryAfterMs}`
      await store.claim(key, holding('t'))
      const connection = await pool.getConnection()
      await connection.query('BEGIN')
      await connection.query(`SELECT 1 FROM ${table} FOR UPDATE`)
      const claim = store.claim(key, holding('next'))
      await untilWaiting(pool)
      await mysqlStore(onlyOn(connection), { table }).release(key, 't', { retryAfterMs })
      await connection.query('COMMIT')
      connection.release()
      answers.push(await claim)
    }
    expect(answers[0]).toEqual({ status: 'claimed', attempt: 2 })
    expect(answers[1]).toMatchObject({ status: 'in_progress' })
    expect(answers[1]?.status === 'in_progress' && answers[1].retryAfterMs).toBeLessThanOrEqual(hour)
  })

  test('never goes on forever', async () => {
    let asked = 0
    const store = mysqlStore({
      async query({ sql }) {
        if (sql.includes('INSERT')) throw Object.assign(new Error('duplicate'), { errno: 1062 })
        asked++
        return [[]]
      },
      getConnection: () => Promise.reject(new Error('none')),
    })
    await expect(store.claim('a', holding('t'))).rejects.toThrow('No answer in 20 tries')
    expect(asked).toBe(20)
  })

  test.each([
    ...['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'].map(
      (level) => `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`,
    ),
    'SET SESSION innodb_snapshot_isolation = ON',
  ])('has a definite answer after %s, raced through two pools, fresh and after a lease', async (session) => {
    const { table, store } = await openStore({ connectionLimit: 8 }, session)
    const other = mysqlStore(openPool({ connectionLimit: 8 }, session), { table })
    const race = (key: string) =>
      Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 ? store : other).claim(key, holding(`${key}/${index}`))))
    for (let round = 0; round < 5; round++) {
      const claims = await race(`fresh${round}`)
      expect(claims.filter(({ status }) => status === 'claimed')).toEqual([{ status: 'claimed', attempt: 1 }])
      expect(claims.filter(({ status }) => status === 'in_progress')).toHaveLength(39)
      await store.claim(`over${round}`, { token: 'dead', leaseMs: 0, retentionMs: hour })
      const takeovers = await race(`over${round}`)
      expect(takeovers.filter(({ status }) => status === 'claimed')).toEqual([{ status: 'claimed', attempt: 2 }])
      expect(takeovers.filter(({ status }) => status === 'in_progress')).toHaveLength(39)
    }
  })

  test('through a connection that does not commit is no claim', async () => {
    const refused = { code: 'store_unavailable', message: expect.stringContaining('does not commit') }
    const { store } = await openStore({}, 'SET autocommit = 0')
    await expect(store.claim('a', holding('t'))).rejects.toMatchObject(refused)
    const { pool, store: leaky } = await openStore({ connectionLimit: 1 })
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    connection.release()
    await expect(leaky.claim('a', holding('t'))).rejects.toMatchObject(refused)
  })

  test('is answered with bytes or not at all', async () => {
    const { pool, table, store } = await openStore()
    await store.claim('a', holding('t'))
    await store.complete('a', 't', Uint8Array.of(1), hour)
    const lying = {
      getConnection: () => pool.getConnection(),
      query: (statement: Statement) => pool.query({ ...statement, typeCast: (field) => field.string() }),
    }
    await expect(mysqlStore(lying, { table }).claim('a', holding('t'))).rejects.toThrow('a blob as bytes')
  })

  test('keeps apart what a collation would not, and takes tokens and fingerprints of any length', async () => {
    const { store } = await openStore({}, "SET sql_mode = ''")
    const long = 'é\0\u{1F511}'.repeat(5000)
    for (const key of ['a', 'A', 'ä', 'a ', 'a\0', 'a\t']) {
      expect(await store.claim(key, holding(`${long}1`, `${long}${key}`))).toEqual({ status: 'claimed', attempt: 1 })
      expect(await store.complete(key, `${long}2`, undefined, hour)).toBe(false)
      expect(await store.claim(key, holding('other', `${long}other`))).toEqual({ status: 'mismatch' })
      expect(await store.claim(key, holding('other', `${long}${key}`))).toMatchObject({ status: 'in_progress' })
      expect(await store.complete(key, `${long}1`, undefined, hour)).toBe(true)
    }
  })
})

describe.skipIf(!server)('a result', () => {
  test('of 8 MiB is kept, and one byte more is refused before it is sent', async () => {
    const { store } = await openStore()
    const largest = new Uint8Array(8 * 1024 * 1024).fill(0xfb)
    await store.claim('a', holding('t'))
    const refusal = await settled(store.complete('a', 't', new Uint8Array(largest.length + 1), hour))
    expect(refusal).toBeInstanceOf(IdempotencyError)
    expect(refusal).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('8388609 bytes') })
    expect(await store.complete('a', 't', largest, hour)).toBe(true)
    const claim = await store.claim('a', holding('other'))
    expect(claim.status === 'completed' && claim.result && Buffer.compare(claim.result, largest)).toBe(0)
  })
})

describe.skipIf(!server)('a race that is lost', () => {
  test('as a deadlock is tried again', async () => {
    const { pool, table, store } = await openStore()
    const ballast = fresh('ballast')
    await pool.query(`CREATE TABLE ${ballast} (n INT) ENGINE = InnoDB`)
    const connection = await pool.getConnection()
    let deadlocks = 0
    for (let round = 0; round < 3; round++) {
      const key = `a${round}`
      await store.claim(key, holding('t'))
      await connection.query('BEGIN')
      // What has written more is not the one that is rolled back.
      await connection.query(`INSERT INTO ${ballast} SELECT seq FROM seq_1_to_1000`)
      // Locks what the index holds, and not the row that it points at.
      await connection.query(
        `SELECT idempotency_key FROM ${table} FORCE INDEX (expires_at) WHERE expires_at > 0 LOCK IN SHARE MODE`,
      )
      const completion = store.complete(key, 't', undefined, hour)
      await untilWaiting(pool)
      await connection.query(`SELECT 1 FROM ${table} WHERE idempotency_key = '${key}' FOR UPDATE`)
      await connection.query('COMMIT')
      expect(await completion).toBe(true)
      deadlocks = Number((await rowsOf("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'"))[0]?.['Value'])
    }
    connection.release()
    expect(deadlocks).toBeGreaterThanOrEqual(3)
  })

  test('by waiting too long for a lock is tried again, while somebody may still wait for it', async () => {
    const { pool, table, store } = await openStore({}, 'SET SESSION innodb_lock_wait_timeout = 1')
    await store.claim('a', holding('t'))
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    await connection.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    const release = store.release('a', 't')
    const started = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await connection.query('ROLLBACK')
    expect(await release).toBe(true)
    expect(performance.now() - started).toBeLessThan(10_000)
    await connection.query('BEGIN')
    await connection.query(`SELECT 1 FROM ${table} FOR UPDATE`)
    await expect(store.claim('a', holding('t'))).rejects.toMatchObject({ errno: 1205 })
    await connection.query('ROLLBACK')
    connection.release()
  })
})

describe.skipIf(!server)('the clock', () => {
  test('goes on in a long transaction', async () => {
    const { pool, store } = await openStore()
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    await connection.query('SELECT NOW(6)')
    await store.claim('a', { token: 't', leaseMs: 100, retentionMs: 100 })
    await pool.query('SELECT SLEEP(0.15)')
    expect(await store.complete('a', 't', undefined, hour, connection)).toBe(false)
    await connection.query('ROLLBACK')
    connection.release()
  })

  test('is the same for connections of any time zone', async () => {
    const { table, store } = await openStore({ timezone: '-12:00' }, "SET SESSION time_zone = '-12:00'")
    const east = mysqlStore(openPool({ timezone: '+13:00' }, "SET SESSION time_zone = '+13:00'"), { table })
    await store.claim('a', { ...holding('t'), leaseMs: 60_000 })
    const claim = await east.claim('a', holding('other'))
    expect(claim.status === 'in_progress' && claim.retryAfterMs).toBeGreaterThan(30_000)
    expect(claim.status === 'in_progress' && claim.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(await east.sweep(10)).toBe(0)
    expect(await east.complete('a', 't', undefined, hour)).toBe(true)
    expect(await store.claim('a', holding('other'))).toMatchObject({ status: 'completed' })
  })

  test('takes any length of time', async () => {
    const { store } = await openStore()
    const forever = { leaseMs: Number.MAX_SAFE_INTEGER, retentionMs: Number.POSITIVE_INFINITY }
    expect(await store.claim('a', { token: 't', ...forever })).toEqual({ status: 'claimed', attempt: 1 })
    expect(await store.extend('a', 't', 1 / 3)).toBe(true)
    expect(await store.complete('a', 't', undefined, Number.MAX_VALUE)).toBe(true)
    expect(await store.claim('a', holding('other'))).toEqual({ status: 'completed', result: undefined })
  })
})

describe.skipIf(!server)('sweep', () => {
  const fill = (table: string, many: number, from: string) => `
    INSERT INTO ${table} (idempotency_key, token, attempt, completed, revision, free_at, expires_at)
    SELECT seq, 't', 1, 1, 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) ${from} INTERVAL seq HOUR FROM seq_1_to_${many}`

  test('by several at once removes each key once, and waits for nobody', async () => {
    const { pool, table, store } = await openStore({}, 'SET SESSION innodb_lock_wait_timeout = 1')
    const other = mysqlStore(openPool(), { table })
    await pool.query(fill(table, 500, '-'))
    await store.claim('live', holding('t'))
    const connection = await pool.getConnection()
    await connection.query('BEGIN')
    await connection.query(`SELECT 1 FROM ${table} WHERE idempotency_key = '500' FOR UPDATE`)
    const swept = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 ? store : other).sweep(100)))
    expect(swept.every((count) => count <= 100)).toBe(true)
    let all = swept.reduce((sum, count) => sum + count)
    for (let more = await store.sweep(100); more > 0; more = await store.sweep(100)) all += more
    expect(all).toBe(499)
    await connection.query('ROLLBACK')
    connection.release()
    expect(await store.sweep(100)).toBe(1)
    expect(await rowsOf(`SELECT CAST(idempotency_key AS CHAR) AS name FROM ${table}`)).toEqual([{ name: 'live' }])
  })

  test('finds what is over by the index, and looks up no more than that', async () => {
    const { pool, table } = await openStore()
    await pool.query(fill(table, 20_000, '+'))
    await pool.query(`ANALYZE TABLE ${table}`)
    const plan: RowDataPacket[] = []
    const explaining: Pool = {
      getConnection: () => pool.getConnection(),
      async query(statement) {
        plan.push(...(await pool.query<RowDataPacket[]>(`EXPLAIN ${statement.sql}`))[0])
        return pool.query(statement)
      },
    }
    expect(await mysqlStore(explaining, { table }).sweep(100)).toBe(0)
    expect(plan.map(({ table: name, type, key }) => [name, type, key])).toEqual([
      ['<derived2>', 'ALL', null],
      ['kept', 'eq_ref', 'PRIMARY'],
      [table, 'range', 'expires_at'],
    ])
  })

  test.each([-1, 1.5, undefined])('does not take %s', async (limit) => {
    await expect(mysqlStore(openPool()).sweep(limit as number)).rejects.toBeInstanceOf(ConfigurationError)
  })
})
