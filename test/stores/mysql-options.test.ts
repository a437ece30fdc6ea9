import { mysqlStore } from 'countersign/stores/mysql'
import type { PoolOptions } from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { startMariadb } from '../servers/mariadb'
import { holding, hour, settled, startStage } from './mysql-harness'

const { server, openPool, openStore } = await startStage()

/** What a connection of the pool may be told, in a driver's options or in a statement. */
const options: readonly PoolOptions[] = [
  { supportBigNumbers: true, bigNumberStrings: true, decimalNumbers: true },
  { dateStrings: true, timezone: '+05:30' },
  { namedPlaceholders: true },
  { rowsAsArray: true },
  { nestTables: true },
  { nestTables: '_' },
  { typeCast: false },
  { typeCast: (field) => field.string() },
  { flags: ['-FOUND_ROWS'] },
  { flags: ['-FOUND_ROWS'], bigNumberStrings: true, supportBigNumbers: true },
  { charset: 'latin1' },
  { charset: 'binary' },
  { queryFormat: (text: string, values: Record<string, string>) => text.replace(/:(\w+)/g, (_, name) => `${values[name]}`) },
  { multipleStatements: true, stringifyObjects: true },
  { disableEval: true },
  { resetOnRelease: true },
  { connectionLimit: 1 },
  { connectionLimit: 0 },
  { maxIdle: 0, idleTimeout: 1 },
]
const modes = [
  '',
  'ANSI',
  'TRADITIONAL',
  'ORACLE',
  'DB2',
  'NO_BACKSLASH_ESCAPES',
  'SIMULTANEOUS_ASSIGNMENT',
  'HIGH_NOT_PRECEDENCE',
]
const sessions = [
  ...modes.map((mode) => `SET SESSION sql_mode = '${mode}'`),
  ...['READ UNCOMMITTED', 'READ COMMITTED', 'SERIALIZABLE'].map((level) => `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`),
  "SET SESSION time_zone = '-11:00'",
  'SET SESSION innodb_snapshot_isolation = ON',
  'SET SESSION sql_select_limit = 1',
  'SET SESSION completion_type = CHAIN',
  'SET NAMES cp1251',
]

/** Every operation with every outcome, and what each must say. */
async function liveThrough(store: Awaited<ReturnType<typeof openStore>>['store']) {
  const result = Uint8Array.from({ length: 256 }, (_, index) => index)
  const key = "a'\\\0\u{1F511}?:b"
  const claim = (token: string, fingerprint?: string) => store.claim(key, holding(token, fingerprint))
  expect(await claim('t', "it's")).toEqual({ status: 'claimed', attempt: 1 })
  expect(await claim('t', "it's")).toEqual({ status: 'claimed', attempt: 1 })
  expect(await claim('u')).toMatchObject({ status: 'in_progress', retryAfterMs: expect.any(Number) })
  expect(await claim('u', 'its')).toEqual({ status: 'mismatch' })
  expect(await store.extend(key, 'u', hour)).toBe(false)
  expect(await store.extend(key, 't', hour)).toBe(true)
  expect(await store.release(key, 'u')).toBe(false)
  expect(await store.release(key, 't')).toBe(true)
  expect(await claim('u', "it's")).toEqual({ status: 'claimed', attempt: 2 })
  expect(await store.complete(key, 't', result, hour)).toBe(false)
  await expect(
    store.transaction(async (connection) => {
      expect(await store.complete(key, 't', undefined, hour, connection)).toBe(false)
      expect(await store.complete(key, 'u', undefined, hour, connection)).toBe(true)
      throw new Error('mine')
    }),
  ).rejects.toThrow('mine')
  expect(await claim('w')).toMatchObject({ status: 'in_progress' })
  const twice = async (connection: Parameters<Parameters<typeof store.transaction>[0]>[0]) => [
    await store.complete(key, 'u', result, hour, connection),
    await store.complete(key, 'u', undefined, hour, connection),
  ]
  expect(await store.transaction(twice)).toEqual([true, true])
  expect(await store.complete(key, 'u', undefined, hour)).toBe(true)
  expect(await claim('w')).toEqual({ status: 'completed', result })
  expect(await store.release(key, 'u')).toBe(false)
  expect(await store.claim('over', { token: 't', leaseMs: 0, retentionMs: 0 })).toEqual({ status: 'claimed', attempt: 1 })
  expect(await store.sweep(10)).toBe(1)
  expect(await store.check()).toEqual([])
  const raced = await Promise.all(Array.from({ length: 10 }, (_, index) => store.claim('raced', holding(`${index}`))))
  expect(raced.filter(({ status }) => status === 'claimed')).toHaveLength(1)
}

describe.skipIf(!server)('the answers are the same', { concurrent: true }, () => {
  test.each(options)('for a pool of %j', async (option) => {
    const { store } = await openStore(option)
    await store.migrate()
    await liveThrough(store)
  })

  test.each(sessions)('after %s', async (session) => {
    const { store } = await openStore({}, session)
    await store.migrate()
    await liveThrough(store)
  })
})

describe.skipIf(!server)('check', { concurrent: true }, () => {
  const codesOf = async (session: string, change = '') => {
    const { pool, table } = await openStore()
    if (change) await pool.query(`ALTER TABLE ${table} ${change}`)
    return (await mysqlStore(openPool({}, session), { table }).check()).map(({ code }) => code)
  }

  test('finds nothing where all is well', async () => expect(await codesOf('')).toEqual([]))
  test('finds a table without transactions', async () => expect(await codesOf('', 'ENGINE = MyISAM')).toEqual(['engine']))
  test('finds autocommit off', async () => expect(await codesOf('SET autocommit = 0')).toEqual(['autocommit_off']))
  test('finds transactions that are read-only', async () =>
    expect(await codesOf('SET SESSION TRANSACTION READ ONLY')).toEqual(['read_only']))
  test('finds a missing table, and says how to mend it', async () => {
    const findings = await mysqlStore(openPool(), { table: 'nowhere' }).check()
    expect(findings).toEqual([{ code: 'missing_table', message: expect.stringContaining('migrate()') }])
  })

  test('finds every setting of a careless server', async () => {
    const careless = await startMariadb({
      innodb_flush_log_at_trx_commit: '2',
      innodb_doublewrite: 'OFF',
      'log-bin': 'log',
      sync_binlog: '0',
      max_allowed_packet: '1M',
    })
    const pool = openPool({ uri: careless?.url ?? '' })
    const store = mysqlStore(pool)
    await store.migrate()
    await pool.query('SET GLOBAL read_only = 1')
    expect((await store.check()).map(({ code }) => code)).toEqual([
      'innodb_flush_log_at_trx_commit',
      'sync_binlog',
      'innodb_doublewrite_off',
      'read_only',
      'max_allowed_packet',
    ])
    await settled(pool.end())
    await careless?.stop()
  })
})
