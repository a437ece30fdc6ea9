import { createIdempotency } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startOwnPostgres } from '../servers/own-postgres'
import { startProxy } from '../servers/proxy'

const server = await startOwnPostgres()
afterAll(() => server?.stop())

const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: hour })
const settled = <T>(promise: Promise<T>): Promise<unknown> => promise.catch((error: unknown) => error)

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

describe.skipIf(!server)('a server that is killed', () => {
  test('keeps what was completed and what is held', async () => {
    const { store } = await openStore()
    const keys = Array.from({ length: 100 }, (_, index) => `key/${index}`)
    await Promise.all(keys.map((key) => store.claim(key, holding(`of ${key}`))))
    await Promise.all(keys.slice(1).map((key) => store.complete(key, `of ${key}`, Uint8Array.of(1), hour)))
    await server?.kill()
    expect(await settled(store.claim('key/1', holding('other')))).toBeInstanceOf(Error)
    await server?.restart()
    for (const key of keys.slice(1)) {
      expect(await store.claim(key, holding('other'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
    }
    expect(await store.claim('key/0', holding('other'))).toMatchObject({ status: 'in_progress' })
    expect(await store.complete('key/0', 'of key/0', undefined, hour)).toBe(true)
  })

  test('in the middle of transactions, again and again, loses none and repeats none', { timeout: 60_000 }, async () => {
    const { pool, store } = await openStore()
    await pool.query('create table ledger (event int)')
    const { run } = createIdempotency({ store, leaseSeconds: 0.25 })
    const events = Array.from({ length: 150 }, (_, event) => event)
    let [done, kills] = [0, 0]
    let isBack: Promise<unknown> | undefined
    const deliver = async (event: number): Promise<void> => {
      const end = await settled(
        run(`${event}`, async ({ transaction }) => void (await transaction.query('insert into ledger values ($1)', [event])), {
          transaction: true,
        }),
      )
      if (end instanceof Error) {
        await isBack
        await new Promise((resolve) => setTimeout(resolve, 20))
        return deliver(event)
      }
      done++
      // What is acknowledged by now is in the ledger for good; what is under way may or may not be.
      if (kills < 3 && done >= (kills + 1) * 35) {
        kills++
        isBack = server?.restart()
        await isBack
      }
    }
    await Promise.all(events.map(deliver))
    expect(kills).toBe(3)
    const { rows } = await pool.query('select event, count(*)::int as times from ledger group by event order by event')
    expect(rows).toEqual(events.map((event) => ({ event, times: 1 })))
  })
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
