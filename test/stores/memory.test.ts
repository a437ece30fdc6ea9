import { ConfigurationError } from 'countersign'
import { createIdempotency, memoryStore } from 'countersign/idempotency'
import { describe, expect, test, vi } from 'vitest'

const second = { leaseMs: 1000, retentionMs: 1000 }

describe('memoryStore', () => {
  test('promises nothing beyond this process', () => {
    expect(memoryStore().traits).toEqual({ durable: false, shared: false, clock: 'caller' })
  })

  test('that is full refuses to claim, drops nothing, and still answers for what it knows', async () => {
    let time = 0
    const store = memoryStore({ maxEntries: 3, now: () => new Date(time) })
    for (const key of ['a', 'b', 'c']) await store.claim(key, { token: key, ...second, retentionMs: key === 'b' ? 2000 : 5000 })
    await store.complete('a', 'a', Uint8Array.of(7), 5000)
    await expect(store.claim('d', { token: 'd', ...second })).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('full'),
    })
    expect(await store.claim('a', { token: 'x', ...second })).toEqual({ status: 'completed', result: Uint8Array.of(7) })
    expect(await store.claim('c', { token: 'x', ...second })).toEqual({ status: 'in_progress', retryAfterMs: 1000 })
    time = 1999
    await expect(store.claim('d', { token: 'd', ...second })).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await store.claim('c', { token: 'x', ...second, retentionMs: 5000 })).toEqual({ status: 'claimed', attempt: 2 })
    time = 2000
    expect(await store.claim('d', { token: 'd', ...second })).toEqual({ status: 'claimed', attempt: 1 })
    await expect(store.claim('e', { token: 'e', ...second })).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test('a lease and a retention are over in the very millisecond that they name', async () => {
    let time = 0
    const store = memoryStore({ now: () => new Date(time) })
    const claim = (token: string) => store.claim('a', { token, leaseMs: 1000, retentionMs: 3000 })
    await claim('first')
    time = 999
    expect(await claim('second')).toEqual({ status: 'in_progress', retryAfterMs: 1 })
    time = 1000
    expect(await claim('second')).toEqual({ status: 'claimed', attempt: 2 })
    await store.complete('a', 'second', undefined, 3000)
    time = 3999
    expect(await store.sweep(1)).toBe(0)
    expect(await claim('third')).toEqual({ status: 'completed', result: undefined })
    time = 4000
    expect(await store.complete('a', 'second', undefined, 3000)).toBe(false)
    expect(await store.sweep(1)).toBe(1)
    expect(await claim('third')).toEqual({ status: 'claimed', attempt: 1 })
  })

  test('by default no change of the system’s time ends a lease', async () => {
    vi.useFakeTimers()
    try {
      const { run } = createIdempotency({ store: memoryStore() })
      await run('a', () => 1)
      vi.setSystemTime(Date.now() + 365 * 86_400_000)
      expect(await run('a', () => 2)).toEqual({ status: 'replayed', result: 1 })
      vi.advanceTimersByTime(7 * 86_400_000)
      expect(await run('a', () => 2)).toEqual({ status: 'executed', result: 2 })
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([{ maxEntries: 0 }, { maxEntries: '7' }, { now: 7 }])('refuses %j', (options) => {
    expect(() => memoryStore(options as never)).toThrow(ConfigurationError)
  })

  test.each([-1, 1.5, undefined])('does not sweep %s', async (limit) => {
    await expect(memoryStore().sweep(limit as number)).rejects.toBeInstanceOf(ConfigurationError)
  })
})
