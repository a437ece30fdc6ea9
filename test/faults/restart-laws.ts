import { createIdempotency, type TransactionalStore } from 'countersign/idempotency'
import { describe, expect, test } from 'vitest'

export const hour = 3_600_000
export const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: hour })
export const settled = <T>(promise: Promise<T>): Promise<unknown> => promise.catch((error: unknown) => error)

/** A database whose server can be killed. */
interface Mortal<Transaction> {
  readonly server: { kill(): Promise<unknown>; restart(): Promise<unknown> } | undefined
  /** A store of six connections, and where handlers write which events took effect. */
  open(): Promise<{
    readonly store: TransactionalStore<Transaction>
    write(transaction: Transaction, event: number): Promise<unknown>
    ledger(): Promise<readonly number[]>
  }>
}

/** What holds for every database that is killed and comes back. */
export function restartLaws<Transaction>({ server, open }: Mortal<Transaction>) {
  describe.skipIf(!server)('a server that is killed', () => {
    test('keeps what was completed and what is held', async () => {
      const { store } = await open()
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
      const { store, write, ledger } = await open()
      const { run } = createIdempotency({ store, leaseSeconds: 0.25 })
      const events = Array.from({ length: 150 }, (_, event) => event)
      let [done, kills] = [0, 0]
      let isBack: Promise<unknown> | undefined
      const deliver = async (event: number): Promise<void> => {
        const pay = async (transaction: Transaction) => {
          await write(transaction, event)
          // Before this one is complete, and at whatever step the others are.
          if (kills === 3 || done < (kills + 1) * 35) return
          kills++
          isBack = server?.restart()
          await isBack
        }
        if ((await settled(run(`${event}`, ({ transaction }) => pay(transaction), { transaction: true }))) instanceof Error) {
          await isBack
          await new Promise((resolve) => setTimeout(resolve, 20))
          return deliver(event)
        }
        // By now it is in the ledger for good.
        done++
      }
      await Promise.all(events.map(deliver))
      expect(kills).toBe(3)
      expect([...(await ledger())].sort((one, other) => one - other)).toEqual(events)
    })
  })
}
