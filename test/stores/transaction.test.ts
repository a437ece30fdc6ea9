import { postgresStore } from 'countersign/stores/postgres'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A pool of one connection that goes silent at a statement, as behind a network that drops everything. */
function silentAt(statement: string) {
  const released: unknown[] = []
  const listeners: ((error: Error) => void)[] = []
  const client = {
    query: (text: string) => (text === statement ? new Promise<never>(() => undefined) : Promise.resolve({ rows: [] })),
    release: (error?: Error | boolean) => void released.push(error),
    on: (_: 'error', listener: (error: Error) => void) => listeners.push(listener),
    off: (_: 'error', listener: (error: Error) => void) => listeners.splice(listeners.indexOf(listener), 1),
  }
  return { pool: { query: client.query, connect: async () => client }, released, listeners }
}

describe('a connection', () => {
  test('that does not answer to a rollback is dropped after two seconds, and still listened to', async () => {
    const { pool, released, listeners } = silentAt('ROLLBACK')
    const mine = new Error('mine')
    const failing = postgresStore(pool)
      .transaction(() => Promise.reject(mine))
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(1999)
    expect(released).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failing).toBe(mine)
    expect(released).toEqual([expect.any(Error)])
    expect(listeners).toHaveLength(1)
  })

  test('that broke is dropped, also where the work ended well', async () => {
    const { pool, released, listeners } = silentAt('nothing')
    const broken = new Error('broken')
    await postgresStore(pool).transaction(async () => {
      for (const listener of listeners) listener(broken)
    })
    expect(released).toEqual([broken])
  })

  test('that is well is given back, and no longer listened to', async () => {
    const { pool, released, listeners } = silentAt('nothing')
    const store = postgresStore(pool)
    await store.transaction(async () => 1)
    await expect(store.transaction(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(released).toEqual([undefined, undefined])
    expect(listeners).toEqual([])
  })
})
