import { createIdempotency } from 'countersign/idempotency'
import type { PoolConnection } from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { fresh, holding, hour, settled, startStage } from '../stores/mysql-harness'

const { server, openPool, openStore, rowsOf } = await startStage()
const events = Array.from({ length: 150 }, (_, event) => event)

async function openLedger() {
  const ledger = fresh('ledger')
  await openPool().query(`CREATE TABLE ${ledger} (event INT) ENGINE = InnoDB`)
  const counts = async () =>
    new Map(
      (await rowsOf(`SELECT event, COUNT(*) AS many FROM ${ledger} GROUP BY event`)).map(({ event, many }) => [event, many]),
    )
  return { ledger, counts }
}

const onceEach = (all: readonly number[]) => new Map(all.map((event) => [event, 1]))

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

  test('in the middle of transactions, again and again, loses none and repeats none', async () => {
    const { store } = await openStore({ connectionLimit: 6 })
    const { ledger, counts } = await openLedger()
    const { run } = createIdempotency({ store, leaseSeconds: 0.25 })
    const pay = (transaction: PoolConnection, event: number) => transaction.query(`INSERT INTO ${ledger} VALUES (${event})`)
    let done = 0
    let kills = 0
    let isBack: Promise<unknown> | undefined
    const deliver = async (event: number): Promise<void> => {
      const end = await settled(
        run(`${event}`, ({ transaction }) => pay(transaction, event).then(() => event), { transaction: true }),
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
    expect(await counts()).toEqual(onceEach(events))
  }, 60_000)
})
