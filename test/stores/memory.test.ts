import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ConfigurationError } from 'countersign'
import { createIdempotency, memoryStore } from 'countersign/idempotency'
import { describe, expect, test, vi } from 'vitest'

const second = { leaseMs: 1000, retentionMs: 1000 }
const week = { leaseMs: 30_000, retentionMs: 7 * 86_400_000 }

/** The bytes in use once all that is not has been collected. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let times = 0; times < 3; times++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Claims and completes a key, in one piece as it would be had it come from somewhere. */
const completeMany = async (store: ReturnType<typeof memoryStore>, keys: readonly string[]) => {
  for (const [index, key] of keys.entries()) {
    const token = Buffer.from(`token-of-24-characters${index}`).toString().slice(-24)
    await store.claim(key, { token, ...week })
    await store.complete(key, token, undefined, week.retentionMs)
  }
}

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

  test('that is full has room as soon as the first key is over, and not before', async () => {
    let time = 0
    const store = memoryStore({ maxEntries: 50, now: () => new Date(time) })
    for (time = 0; time < 50; time++) {
      await store.claim(`${time}`, { token: 'a', leaseMs: 10, retentionMs: 1000 })
      await store.complete(`${time}`, 'a', undefined, 1000)
    }
    for (let over = 0; over < 50; over++) {
      time = 999 + over
      await expect(store.claim(`next ${over}`, { token: 'a', ...week })).rejects.toMatchObject({ code: 'store_unavailable' })
      time++
      expect(await store.claim(`next ${over}`, { token: 'a', ...week })).toEqual({ status: 'claimed', attempt: 1 })
    }
  })

  test('that is full still takes over, claims again and forgets what it knows', async () => {
    let time = 0
    const store = memoryStore({ maxEntries: 1, now: () => new Date(time) })
    await store.claim('a', { token: 'first', ...second, retentionMs: 5000 })
    expect(await store.claim('a', { token: 'first', ...second, retentionMs: 5000 })).toEqual({ status: 'claimed', attempt: 1 })
    time = 1000
    expect(await store.claim('a', { token: 'second', ...second, retentionMs: 5000 })).toEqual({ status: 'claimed', attempt: 2 })
    time = 6000
    expect(await store.claim('a', { token: 'third', ...second })).toEqual({ status: 'claimed', attempt: 1 })
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

  test('keeps a completed key in at most 80 bytes beside its text, and frees them when it is over', {
    timeout: 120_000,
  }, async () => {
    const count = 150_000
    let time = 0
    const store = memoryStore({ maxEntries: count + 1, now: () => new Date(time) })
    const keys = Array.from({ length: count }, (_, index) => Buffer.from(`github/hooks//${index}`).toString())
    const empty = usedBytes()
    await completeMany(store, keys)
    expect((usedBytes() - empty) / count).toBeLessThan(80)
    expect(await store.claim(keys[0] as string, { token: 'x', ...week })).toEqual({ status: 'completed', result: undefined })
    time = 2 * week.retentionMs
    expect(await store.claim(keys[0] as string, { token: 'x', ...week })).toEqual({ status: 'claimed', attempt: 1 })
    expect((usedBytes() - empty) / count).toBeLessThan(5)
  })

  test('sweeps what a crash has left as well as what is completed, bounded', async () => {
    let time = 0
    const store = memoryStore({ now: () => new Date(time) })
    await completeMany(
      store,
      Array.from({ length: 500 }, (_, index) => `done ${index}`),
    )
    for (let index = 0; index < 500; index++) await store.claim(`held ${index}`, { token: 'x', ...week })
    time = week.retentionMs
    expect(await store.sweep(10)).toBe(10)
    expect(await store.sweep(700)).toBe(700)
    time = 2 * week.retentionMs
    expect(await store.sweep(10)).toBe(10)
    expect(await store.sweep(1000)).toBe(280)
    expect(await store.sweep(1000)).toBe(0)
  })

  test('knows every token again, whatever its length', async () => {
    const store = memoryStore()
    const tokens = Array.from({ length: 1000 }, (_, index) => `${index}${'€'.repeat(index % 90)}`)
    for (const token of tokens) {
      await store.claim(token, { token, ...week })
      expect(await store.complete(token, token, undefined, week.retentionMs)).toBe(true)
    }
    for (const token of tokens) {
      expect(await store.complete(token, `${token}0`, undefined, 1)).toBe(false)
      expect(await store.complete(token, token, undefined, 1)).toBe(true)
    }
  })

  test('has no timer', async () => {
    vi.useFakeTimers()
    try {
      const store = memoryStore()
      await completeMany(store, ['a', 'b'])
      await store.claim('c', { token: 'c', ...second })
      await store.release('c', 'c', { retryAfterMs: 1000 })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([Number.NaN, -1, '1000', null, Number.POSITIVE_INFINITY])('refuses to keep a key for %s', async (time) => {
    const store = memoryStore()
    await store.claim('a', { token: 'a', ...week })
    const asked = [
      () => store.claim('b', { token: 'b', ...week, leaseMs: time as number }),
      () => store.claim('b', { token: 'b', ...week, retentionMs: time as number }),
      () => store.complete('a', 'a', undefined, time as number),
      () => store.extend('a', 'a', time as number),
      () => store.release('a', 'a', { retryAfterMs: time as number }),
    ]
    for (const ask of asked) await expect(ask()).rejects.toBeInstanceOf(ConfigurationError)
    expect(await store.claim('b', { token: 'b', ...week })).toEqual({ status: 'claimed', attempt: 1 })
    expect(await store.complete('a', 'a', undefined, 1000)).toBe(true)
  })

  test.each([{ maxEntries: 0 }, { maxEntries: '7' }, { now: 7 }])('refuses %j', (options) => {
    expect(() => memoryStore(options as never)).toThrow(ConfigurationError)
  })

  test.each([-1, 1.5, undefined])('does not sweep %s', async (limit) => {
    await expect(memoryStore().sweep(limit as number)).rejects.toBeInstanceOf(ConfigurationError)
  })
})
