import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { sqliteStore } from 'countersign/stores/sqlite'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { freshFile, openFile } from './sqlite-files'

const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: 2 * hour })
const claimed = (attempt: number) => ({ status: 'claimed', attempt })
const result = new TextEncoder().encode('done')

/** A store that opens connections, and a connection of one's own beside it. */
async function setUp() {
  const file = freshFile()
  const store = sqliteStore(() => openFile(file))
  await store.migrate()
  const own = openFile(file)
  own.exec('CREATE TABLE effects (name TEXT NOT NULL)')
  const effects = () => own.prepare('SELECT name FROM effects').pluck().all()
  return { file, store, own, effects }
}

afterEach(() => void vi.useRealTimers())

describe('options', () => {
  it.each([
    ['a path', 'events.sqlite'],
    ['nothing', undefined],
    ['an object', {}],
  ])('refuses %s for a database', (_, source) => {
    expect(() => sqliteStore(source as never)).toThrow(
      'Expected `open` to be a function that opens a database, or a database, got',
    )
  })

  it.each([
    ['a schema', 'main.keys'],
    ['a quote', 'keys"'],
    ['a name of SQLite', 'SQLite_keys'],
    ['nothing', ''],
    ['a number', 1],
  ])('refuses a table with %s', (_, table) => {
    expect(() => sqliteStore(new Database(':memory:'), { table } as never)).toThrow('Expected `table` to be')
  })

  it('refuses a clock that is none, and a time that is none', () => {
    const database = new Database(':memory:')
    expect(() => sqliteStore(database, { now: 1 } as never)).toThrow('Expected `now` to be a function')
    expect(() => sqliteStore(database, { transactionSeconds: -1 })).toThrow('Expected `transactionSeconds` to be')
  })

  it('refuses a function that opens the same connection twice, or none', async () => {
    const { own } = await setUp()
    const store = sqliteStore(() => own)
    await store.migrate()
    await expect(store.transaction(async () => 1)).rejects.toThrow(
      'Expected `open` to be a function that opens another connection',
    )
    expect(own.open).toBe(true)
    await expect(sqliteStore((async () => own) as never).migrate()).rejects.toThrow('got [object Promise]')
  })

  it('tells what it can promise', () => {
    expect(sqliteStore(() => openFile('never opened')).traits).toEqual({ durable: true, shared: true, clock: 'caller' })
    expect(sqliteStore(openFile(freshFile())).traits).toEqual({ durable: true, shared: true, clock: 'caller' })
    expect(sqliteStore(new Database(':memory:')).traits).toEqual({ durable: false, shared: false, clock: 'caller' })
  })
})

describe('the table', () => {
  it.each(['order', 'Keys_2', '_'])('may be named %s, and is apart from others', async (table) => {
    const { file, store } = await setUp()
    const other = sqliteStore(() => openFile(file), { table })
    await Promise.all([other.migrate(), other.migrate()])
    await other.migrate()
    expect(await store.claim('a', holding('one'))).toEqual(claimed(1))
    expect(await other.claim('a', holding('two'))).toEqual(claimed(1))
    expect(await other.check()).toEqual([])
  })

  it('is said to be missing where it is, or where it is another', async () => {
    const { own } = await setUp()
    const unavailable = { code: 'store_unavailable', hint: expect.stringContaining('run migrate()') }
    await expect(sqliteStore(own, { table: 'nowhere' }).claim('a', holding('one'))).rejects.toMatchObject(unavailable)
    await expect(sqliteStore(own, { table: 'effects' }).claim('a', holding('one'))).rejects.toMatchObject(unavailable)
    await expect(sqliteStore(own, { table: 'nowhere' }).sweep(1)).rejects.toMatchObject(unavailable)
  })

  it('is made whole or not at all', async () => {
    const { own, store } = await setUp()
    own.exec('CREATE VIEW broken_expires_at AS SELECT 1')
    const broken = sqliteStore(own, { table: 'broken' })
    await expect(broken.migrate()).rejects.toThrow('broken_expires_at')
    expect(own.inTransaction).toBe(false)
    expect(await broken.check()).toMatchObject([{ code: 'missing_table' }])
    expect(await store.check()).toEqual([])
  })

  it('needs no right to write where it is there', async () => {
    const { file } = await setUp()
    await sqliteStore(new Database(file, { readonly: true })).migrate()
  })

  it('is swept by so many at a time, of what is over only', async () => {
    const { own, file } = await setUp()
    let now = Date.now()
    const store = sqliteStore(own, { now: () => new Date(now) })
    for (let index = 0; index < 10; index++)
      await store.claim(`${index}`, { token: 'one', leaseMs: 1, retentionMs: index < 7 ? 5 : hour })
    now += 10
    const other = sqliteStore(() => openFile(file), { now: () => new Date(now) })
    expect(await Promise.all([store.sweep(3), other.sweep(3), store.sweep(0)])).toEqual([3, 3, 0])
    expect(await store.sweep(100)).toBe(1)
    expect(own.prepare('SELECT count(*) FROM countersign_keys').pluck().get()).toBe(3)
    await expect(store.sweep(-1)).rejects.toThrow('Expected `limit` to be an integer of 0 or more, got -1')
  })
})

it('gives a key back at once for a process, too, that has read its clock before', async () => {
  const { own, file } = await setUp()
  const store = sqliteStore(own)
  const behind = sqliteStore(() => openFile(file), { now: () => new Date(Date.now() - 1000) })
  await store.claim('a', { token: 'one', leaseMs: hour, retentionMs: hour })
  expect(await store.release('a', 'one')).toBe(true)
  expect(await behind.claim('a', { token: 'two', leaseMs: hour, retentionMs: hour })).toEqual({ status: 'claimed', attempt: 2 })
  expect(await store.release('a', 'two', { retryAfterMs: 1000 })).toBe(true)
  const third = { token: 'three', leaseMs: hour, retentionMs: hour }
  expect(await behind.claim('a', third)).toMatchObject({ status: 'in_progress' })
})

describe('a result that is kept shorter than its key', () => {
  it('is dropped by sweep, so many at a time', async () => {
    const { own } = await setUp()
    let now = Date.now()
    const store = sqliteStore(own, { now: () => new Date(now) })
    for (const key of ['a', 'b', 'whole']) {
      await store.claim(key, { token: key, leaseMs: hour, retentionMs: hour })
      await store.complete(key, key, Uint8Array.of(1), hour, undefined, key === 'whole' ? hour : 1000)
    }
    now += 1000
    const results = own.prepare('SELECT count(result) FROM countersign_keys').pluck()
    expect(await store.sweep(1)).toBe(0)
    expect(results.get()).toBe(2)
    await store.sweep(10)
    expect(results.get()).toBe(1)
  })
})

describe('check', () => {
  const settings: readonly (readonly [string, string, readonly string[]])[] = [
    ['WAL and FULL', '', []],
    ['EXTRA', 'PRAGMA synchronous = EXTRA', []],
    ['a rollback journal', 'PRAGMA journal_mode = DELETE', []],
    ['a rollback journal and NORMAL', 'PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL', []],
    ['synchronous NORMAL with WAL', 'PRAGMA synchronous = NORMAL', ['synchronous_normal']],
    ['synchronous OFF', 'PRAGMA synchronous = OFF', ['synchronous_off']],
    ['journal_mode MEMORY', 'PRAGMA journal_mode = MEMORY', ['journal_mode']],
    ['journal_mode OFF', 'PRAGMA journal_mode = OFF', ['journal_mode']],
    ['locking_mode EXCLUSIVE', 'PRAGMA locking_mode = EXCLUSIVE', ['locking_mode']],
    ['query_only', 'PRAGMA query_only = 1', ['read_only']],
    ['no busy_timeout', 'PRAGMA busy_timeout = 0', ['busy_timeout']],
    ['no table', 'DROP TABLE countersign_keys', ['missing_table']],
  ]

  it.each(settings)('of %s', async (_, sql, codes) => {
    const { file, store, own } = await setUp()
    store.close()
    own.close()
    const open = () => {
      const database = openFile(file)
      // Else it refuses journal_mode OFF by itself.
      database.unsafeMode()
      database.exec(sql)
      return database
    }
    expect((await sqliteStore(open()).check()).map(({ code }) => code)).toEqual(codes)
  })

  it('of a function opens a connection as the function does, and closes it', async () => {
    const { file } = await setUp()
    const opened: Database.Database[] = []
    const store = sqliteStore(() => {
      const database = openFile(file, { synchronous: 'OFF' })
      opened.push(database)
      return database
    })
    expect(await store.check()).toMatchObject([
      { code: 'synchronous_off', message: expect.stringContaining('PRAGMA synchronous') },
    ])
    expect(opened.map(({ open }) => open)).toEqual([false])
  })

  it.each([':memory:', ''])('of a database that nobody else sees: "%s"', async (path) => {
    const store = sqliteStore(new Database(path))
    await store.migrate()
    expect((await store.check()).map(({ code }) => code)).toEqual(['in_memory'])
  })

  it('of a file that is opened to be read', async () => {
    const { file } = await setUp()
    const store = sqliteStore(new Database(file, { readonly: true }))
    expect((await store.check()).map(({ code }) => code)).toContain('read_only')
    await expect(store.claim('a', holding('one'))).rejects.toMatchObject({ code: 'SQLITE_READONLY' })
  })
})

describe('a lock of somebody else', () => {
  it.each(['a function', 'a connection'])('keeps a claim waiting, and not the thread: through %s', async (form) => {
    const { file, store, own } = await setUp()
    const other = form === 'a function' ? store : sqliteStore(openFile(file))
    own.exec('BEGIN IMMEDIATE')
    const asked = performance.now()
    const claim = other.claim('a', holding('one'))
    expect(performance.now() - asked).toBeLessThan(1000)
    await setTimeout(50)
    own.exec('COMMIT')
    expect(await claim).toEqual(claimed(1))
  })

  it('that lasts is an error after five seconds, and nothing is claimed', async () => {
    const { store, own } = await setUp()
    vi.useFakeTimers()
    own.exec('BEGIN IMMEDIATE')
    const outcomes = Promise.allSettled([
      store.claim('a', holding('one')),
      store.transaction(async () => expect.fail('it ran')),
      store.migrate(),
    ])
    await vi.advanceTimersByTimeAsync(5100)
    const unavailable = {
      status: 'rejected',
      reason: {
        code: 'store_unavailable',
        hint: expect.stringContaining('locked by others for 5 s'),
        cause: { code: 'SQLITE_BUSY' },
      },
    }
    expect(await outcomes).toMatchObject([unavailable, unavailable, { status: 'fulfilled' }])
    own.exec('COMMIT')
    expect(await store.claim('a', holding('two'))).toEqual(claimed(1))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('who reads, with a rollback journal, makes no claim a false one', async () => {
    const file = freshFile()
    const open = () => openFile(file, { journal: 'DELETE' })
    const store = sqliteStore(open)
    await store.migrate()
    const reader = open()
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM countersign_keys').all()
    vi.useFakeTimers()
    const claim = store.claim('a', holding('one')).catch((error) => error)
    const transaction = store.transaction(async (tx) => void tx.pragma('user_version = 7')).catch((error) => error)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await claim).toMatchObject({ code: 'store_unavailable' })
    expect(await transaction).toMatchObject({ code: 'store_unavailable' })
    reader.exec('COMMIT')
    expect(reader.pragma('user_version', { simple: true })).toBe(0)
    expect(await store.claim('a', holding('two'))).toEqual(claimed(1))
  })

  it('changes nothing about how long a connection waits by itself', async () => {
    const { own } = await setUp()
    const store = sqliteStore(own)
    for (const patience of [5000, 17, 0]) {
      own.pragma(`busy_timeout = ${patience}`)
      await store.claim(`${patience}`, holding('one'))
      await store.check()
      await expect(sqliteStore(own, { table: 'nowhere' }).claim('a', holding('one'))).rejects.toThrow()
      expect(own.pragma('busy_timeout', { simple: true })).toBe(patience)
    }
  })
})

describe('a connection that is given', () => {
  it('may bind no bytes as NULL, and keeps them apart from no result all the same', async () => {
    const { own } = await setUp()
    const store = sqliteStore({
      prepare(sql) {
        const statement = own.prepare(sql)
        return {
          all: (...values) =>
            statement.all(...values.map((value) => (ArrayBuffer.isView(value) && value.length === 0 ? null : value))),
        }
      },
      exec: (sql) => own.exec(sql),
      close: () => own.close(),
    })
    for (const [key, kept] of [
      ['empty', new Uint8Array()],
      ['none', undefined],
    ] as const) {
      await store.claim(key, holding('one'))
      expect(await store.complete(key, 'one', kept, hour)).toBe(true)
      expect(await store.claim(key, holding('two'))).toEqual({ status: 'completed', result: kept })
    }
  })

  it('is not used while a transaction of its owner is open: nothing is claimed that may be rolled back', async () => {
    const { own } = await setUp()
    const store = sqliteStore(own)
    await store.claim('held', holding('mine'))
    own.exec('BEGIN')
    own.exec(`INSERT INTO effects VALUES ('a')`)
    const claims = Promise.all([store.claim('a', holding('one')), store.claim('held', holding('two'))])
    expect(await store.complete('held', 'mine', result, hour, own)).toBe(true)
    await setTimeout(50)
    own.exec('ROLLBACK')
    expect(await claims).toMatchObject([claimed(1), { status: 'in_progress' }])
    expect(own.prepare('SELECT key FROM countersign_keys ORDER BY key').pluck().all()).toEqual(['a', 'held'])
  })

  it('completes in a transaction of its owner, synchronous ones too', async () => {
    const { own, effects } = await setUp()
    const store = sqliteStore(own)
    await store.claim('a', holding('one'))
    let completing: Promise<boolean> | undefined
    own.transaction(() => {
      own.exec(`INSERT INTO effects VALUES ('a')`)
      completing = store.complete('a', 'one', result, hour, own)
    })()
    expect(await completing).toBe(true)
    expect(effects()).toEqual(['a'])
    expect(await store.claim('a', holding('two'))).toEqual({ status: 'completed', result })
  })
})

describe('a transaction of one’s own', () => {
  it('completes a key, or not', async () => {
    const { store, own, effects } = await setUp()
    for (const [key, end] of [
      ['a', 'ROLLBACK'],
      ['a', 'COMMIT'],
    ] as const) {
      await store.claim(key, holding('one'))
      own.exec('BEGIN IMMEDIATE')
      own.exec(`INSERT INTO effects VALUES ('${end}')`)
      expect(await store.complete(key, 'one', result, hour, own)).toBe(true)
      expect(await store.claim(key, holding('two'))).toMatchObject({ status: 'in_progress' })
      own.exec(end)
    }
    expect(await store.claim('a', holding('two'))).toEqual({ status: 'completed', result })
    expect(effects()).toEqual(['COMMIT'])
  })

  it('has to be open: else nothing would commit together', async () => {
    const { store, own } = await setUp()
    await store.claim('a', holding('one'))
    await expect(store.complete('a', 'one', result, hour, own)).rejects.toThrow('Expected a transaction to be open on `tx`')
    expect(await store.claim('a', holding('two'))).toMatchObject({ status: 'in_progress' })
  })
})

describe('connections', () => {
  it('are closed after each transaction, however it ends, and at last by close', async () => {
    const { file, own } = await setUp()
    const opened: Database.Database[] = []
    const store = sqliteStore(() => {
      opened.push(openFile(file))
      return opened.at(-1) as Database.Database
    })
    const open = () => opened.filter((database) => database.open).length
    await store.claim('a', holding('one'))
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.transaction(async (tx) => {
          expect(open()).toBe(2)
          tx.exec(`INSERT INTO effects VALUES ('${index}')`)
          if (index % 2) throw new Error('mine')
        }),
      ),
    )
    expect([opened.length, open()]).toEqual([21, 1])
    own.exec('BEGIN IMMEDIATE')
    vi.useFakeTimers()
    const refused = store.transaction(async () => 1).catch((error) => error.code)
    await vi.advanceTimersByTimeAsync(6000)
    expect(await refused).toBe('store_unavailable')
    expect([opened.length, open()]).toEqual([22, 1])
    own.exec('COMMIT')
    store.close()
    expect(open()).toBe(0)
    expect(await store.claim('a', holding('two'))).toMatchObject({ status: 'in_progress' })
    store.close()
    store.close()
    expect(open()).toBe(0)
  })
})
