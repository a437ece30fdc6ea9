import { PGlite } from '@electric-sql/pglite'
import { createIdempotency } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const database = new PGlite()
const store = postgresStore(database)
beforeAll(async () => {
  await store.migrate()
  await database.exec('CREATE TABLE ledger (event text)')
}, 60_000)
afterAll(() => database.close())

describe('postgresStore on PGlite', () => {
  test('promises no more than PGlite does', async () => {
    expect(store.traits).toEqual({ durable: false, shared: false, clock: 'store' })
    const traitsOf = (dataDir: string) =>
      postgresStore({ dataDir, query: database.query, transaction: database.transaction }).traits
    expect(traitsOf('memory://').durable).toBe(false)
    expect(traitsOf('./data').durable).toBe(true)
  })

  test('migrate may be repeated, also at once', async () => {
    await Promise.all([store.migrate(), store.migrate(), store.migrate()])
    const { rows } = await database.query("SELECT indexname FROM pg_indexes WHERE tablename = 'countersign_keys'")
    expect(rows).toHaveLength(3)
  })

  test('twenty runs at once of each of five keys: the ledger has each once', async () => {
    const { run } = createIdempotency({ store })
    const runs = Array.from({ length: 100 }, (_, index) =>
      run(
        `ledger/${index % 5}`,
        ({ transaction }) => transaction.query('INSERT INTO ledger VALUES ($1)', [index % 5]).then(() => index % 5),
        {
          transaction: true,
        },
      ),
    )
    const ends = await Promise.allSettled(runs)
    const failures = ends.flatMap((end) => (end.status === 'rejected' && end.reason.code !== 'in_progress' ? [end.reason] : []))
    expect(failures).toEqual([])
    const { rows } = await database.query('SELECT event, count(*)::int FROM ledger GROUP BY event ORDER BY event')
    expect(rows).toEqual(['0', '1', '2', '3', '4'].map((event) => ({ event, count: 1 })))
    expect(await run('ledger/3', () => 'never')).toEqual({ status: 'replayed', result: 3 })
  }, 30_000)

  test('work that fails leaves nothing, and the next attempt does it', async () => {
    const { run } = createIdempotency({ store })
    const thrown = new Error('mine')
    const failing = run(
      'rollback',
      async ({ transaction }) => {
        await transaction.query("INSERT INTO ledger VALUES ('rollback')")
        throw thrown
      },
      { transaction: true },
    )
    await expect(failing).rejects.toBe(thrown)
    const count = async () => (await database.query("SELECT * FROM ledger WHERE event = 'rollback'")).rows.length
    expect(await count()).toBe(0)
    const insert = { transaction: true } as const
    const outcome = await run(
      'rollback',
      ({ transaction, attempt }) => transaction.exec("INSERT INTO ledger VALUES ('rollback')").then(() => attempt),
      insert,
    )
    expect(outcome).toEqual({ status: 'executed', result: 2 })
    expect(await count()).toBe(1)
  })
})
