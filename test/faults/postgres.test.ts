import { createIdempotency } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startOwnPostgres } from '../servers/own-postgres'
import { startProxy } from '../servers/proxy'
import { holding, hour, restartLaws, settled } from './restart-laws'

const server = await startOwnPostgres()
afterAll(() => server?.stop())

let made = 0
async function openStore({ max = 6, port }: { max?: number; port?: number } = {}) {
  const url = new URL(server?.url ?? '')
  if (port) url.port = `${port}`
  const pool = new pg.Pool({ connectionString: url.href, max })
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end().catch(() => undefined))
  const store = postgresStore(pool, { table: `keys_${++made}` })
  await store.migrate()
  return { pool, store }
}

restartLaws<pg.PoolClient>({
  server,
  async open() {
    const { pool, store } = await openStore()
    const name = `ledger_${made}`
    await pool.query(`create table ${name} (event int)`)
    return {
      store,
      write: (transaction, event) => transaction.query(`insert into ${name} values ($1)`, [event]),
      ledger: async () => (await pool.query(`select event from ${name}`)).rows.map(({ event }) => event),
    }
  },
})

describe.skipIf(!server)('an answer that is lost', () => {
  test('of a claim and of a complete: the same call again gives what it would have given', async () => {
    const proxy = await startProxy(Number(new URL(server?.url ?? '').port))
    onTestFinished(() => proxy.stop())
    const { store } = await openStore({ max: 1, port: proxy.port })
    const direct = postgresStore((await openStore()).pool, { table: `keys_${made - 1}` })
    proxy.loseNextAnswer()
    await expect(store.claim('key', holding('mine'))).rejects.toThrow()
    expect((await direct.claim('key', holding('other'))).status).toBe('in_progress')
    expect(await store.claim('key', holding('mine'))).toEqual({ status: 'claimed', attempt: 1 })
    proxy.loseNextAnswer()
    await expect(store.complete('key', 'mine', Uint8Array.of(1), hour)).rejects.toThrow()
    expect(await direct.claim('key', holding('other'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
    expect(await store.complete('key', 'mine', Uint8Array.of(2), hour)).toBe(true)
    expect(await store.claim('key', holding('mine'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
  })

  test('of a commit leaves the event done or to be done, and never twice in effect', async () => {
    const proxy = await startProxy(Number(new URL(server?.url ?? '').port))
    onTestFinished(() => proxy.stop())
    const { pool, store } = await openStore({ max: 2, port: proxy.port })
    await pool.query('create table commits (event int)')
    const { run } = createIdempotency({ store, leaseSeconds: 0.2 })
    for (let event = 0; event < 5; event++) {
      const pay = () =>
        run(
          `${event}`,
          async ({ transaction }) => {
            await transaction.query('insert into commits values ($1)', [event])
            const { query } = transaction
            // The answer to the very COMMIT gets lost.
            transaction.query = ((text: string, ...rest: never[]) => {
              if (text === 'COMMIT') proxy.loseNextAnswer()
              return (query as (...given: unknown[]) => unknown).call(transaction, text, ...rest)
            }) as never
          },
          { transaction: true },
        )
      expect(await settled(pay())).toBeInstanceOf(Error)
      expect((await pay()).status).toBe('replayed')
    }
    const { rows } = await pool.query('select event, count(*)::int as times from commits group by event order by event')
    expect(rows).toEqual(Array.from({ length: 5 }, (_, event) => ({ event, times: 1 })))
  })
})
