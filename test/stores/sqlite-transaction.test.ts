import { setTimeout } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { createIdempotency } from 'countersign/idempotency'
import { sqliteStore } from 'countersign/stores/sqlite'
import { describe, expect, it, vi } from 'vitest'
import { freshFile, openFile } from './sqlite-files'

const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: 2 * hour })
const claimed = (attempt: number) => ({ status: 'claimed', attempt })

async function setUp(options = {}) {
  const file = freshFile()
  const store = sqliteStore(() => openFile(file), options)
  await store.migrate()
  const own = openFile(file)
  own.exec('CREATE TABLE effects (name TEXT UNIQUE ON CONFLICT ROLLBACK)')
  const effects = () => own.prepare('SELECT name FROM effects ORDER BY name').pluck().all()
  return { store, own, effects }
}

const write = (tx: Database.Database, name: string) => tx.prepare('INSERT INTO effects VALUES (?)').run(name)

describe('a transaction', () => {
  it('keeps what its work wrote when it ends well, and nothing else', async () => {
    const { store, effects } = await setUp()
    await store.transaction(async (tx) => {
      expect(tx.inTransaction).toBe(true)
      write(tx, 'a')
      await setTimeout(1)
      // What is nested is a savepoint.
      tx.transaction(() => write(tx, 'b'))()
    })
    await expect(
      store.transaction(async (tx) => {
        write(tx, 'c')
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    await expect(
      store.transaction((tx) => {
        write(tx, 'd')
        throw new Error('at once')
      }),
    ).rejects.toThrow('at once')
    expect(effects()).toEqual(['a', 'b'])
  })

  it('lets claims of what is done be answered meanwhile; others wait, and come before the next transaction', async () => {
    const { store } = await setUp()
    await store.claim('done', holding('one'))
    await store.complete('done', 'one', undefined, hour)
    const order: string[] = []
    const note = (what: string) => () => void order.push(what)
    let end = () => {}
    const hasEnded = new Promise<void>((resolve) => (end = resolve))
    let first: Promise<void> | undefined
    await new Promise<void>((begun) => {
      first = store.transaction(() => {
        begun()
        return hasEnded
      })
    })
    const second = store.transaction(async () => order.push('second'))
    const claims = ['a', 'b'].map((key) => store.claim(key, holding('one')).then(note(key)))
    const asked = performance.now()
    expect(await store.claim('done', holding('two'))).toMatchObject({ status: 'completed' })
    expect(performance.now() - asked).toBeLessThan(1000)
    await setTimeout(50)
    expect(order).toEqual([])
    end()
    await Promise.all([first, second, ...claims])
    expect(order).toEqual(['a', 'b', 'second'])
  })

  it('does not begin before an extension of its own that waits too, and would wait for its end', async () => {
    const delays = Array.from({ length: 6 }, async () => {
      const { store, own, effects } = await setUp()
      const claimThenLock: typeof store.claim = async (key, options) => {
        const claim = await store.claim(key, options)
        own.exec('BEGIN IMMEDIATE')
        return claim
      }
      const { run } = createIdempotency({ store: { ...store, claim: claimThenLock }, leaseSeconds: 0.3 })
      const running = run('a', ({ transaction }) => void write(transaction, 'a'), { transaction: true })
      // After the first third of the lease, the transaction and the extension both wait for the lock.
      await setTimeout(200)
      own.exec('COMMIT')
      const freed = performance.now()
      expect(await running).toMatchObject({ status: 'executed' })
      expect(effects()).toEqual(['a'])
      return performance.now() - freed
    })
    // An extension that waits for the transaction that waits for it gives up after two seconds.
    expect(Math.max(...(await Promise.all(delays)))).toBeLessThan(1500)
  })

  it('that hangs is rolled back after its time, and whatever its work does then is refused', async () => {
    const { store, own, effects } = await setUp({ transactionSeconds: 0.1 })
    let late: unknown
    let goOn = () => {}
    const hanging = store.transaction(async (tx) => {
      write(tx, 'a')
      await new Promise<void>((resolve) => (goOn = resolve))
      try {
        write(tx, 'late')
      } catch (error) {
        late = error
      }
    })
    await expect(hanging).rejects.toThrow('rolled back after 0.1 s')
    own.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; COMMIT')
    goOn()
    await vi.waitFor(() => expect(late).toMatchObject({ message: 'The database connection is not open' }))
    expect(effects()).toEqual([])
    await store.transaction(async (tx) => write(tx, 'b'))
    expect(effects()).toEqual(['b'])
  })

  it('that its work ended is an error, and completes nothing', async () => {
    const { store, own, effects } = await setUp()
    await expect(store.transaction(async (tx) => tx.exec('ROLLBACK'))).rejects.toThrow('was over before its work')
    write(own, 'taken')
    const { run } = createIdempotency({ store })
    const outcome = run(
      'a',
      async ({ transaction }) => {
        write(transaction, 'a')
        // The conflict rolls back all of the transaction, and here nobody notices.
        expect(() => write(transaction, 'taken')).toThrow('UNIQUE')
      },
      { transaction: true },
    )
    await expect(outcome).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('Expected a transaction'),
    })
    expect(effects()).toEqual(['taken'])
    expect(await store.claim('a', holding('two'))).toEqual(claimed(2))
  })

  it('that cannot be committed is an error, and keeps nothing', async () => {
    const { store, own } = await setUp()
    own.exec('CREATE TABLE parents (id INTEGER PRIMARY KEY)')
    own.exec('CREATE TABLE children (parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)')
    const orphan = store.transaction(async (tx) => tx.exec('INSERT INTO children VALUES (1)'))
    await expect(orphan).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' })
    expect(own.prepare('SELECT count(*) FROM children').pluck().get()).toBe(0)
    await store.transaction(async () => 1)
  })

  it('is one of many that all count once, over two stores on one file', async () => {
    const { store, own, effects } = await setUp()
    const other = sqliteStore(() => openFile(own.name))
    const runs = Array.from({ length: 40 }, (_, index) =>
      createIdempotency({ store: index % 2 ? store : other }).run(
        `event/${index % 20}`,
        async ({ transaction }) => {
          await setTimeout(1)
          write(transaction, `${index % 20}`)
        },
        { transaction: true },
      ),
    )
    const outcomes = await Promise.allSettled(runs)
    const executed = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.status === 'executed')
    expect(executed).toHaveLength(20)
    expect(effects()).toHaveLength(20)
  })
})
