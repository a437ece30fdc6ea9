import { createIdempotency, IdempotencyError, memoryStore } from 'countersign/idempotency'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred, never, watched } from './stores'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Starts a run whose work goes on until it is told to end. */
function start(options: Parameters<typeof createIdempotency>[0]) {
  const work = deferred<unknown>()
  let context: { signal: AbortSignal; complete(tx: unknown): Promise<void> } | undefined
  const outcome = createIdempotency(options)
    .run('a', (given) => {
      context = given
      return work.promise
    })
    .catch((error) => error)
  return {
    work,
    outcome,
    get signal() {
      return context?.signal as AbortSignal
    },
    complete: (tx?: unknown) => context?.complete(tx),
  }
}

describe('while the work runs', () => {
  test('the lease is extended every third of it, and another run waits', async () => {
    const { store, calls, count } = watched()
    const { work, outcome, signal: _ } = start({ store })
    for (let second = 0; second < 100; second++) {
      await vi.advanceTimersByTimeAsync(1000)
      const other = await createIdempotency({ store: { ...store, sweep: async () => 0 } })
        .run('a', () => 2)
        .catch((error) => error)
      expect(other).toMatchObject({ code: 'in_progress' })
    }
    expect(count('extend')).toBe(10)
    expect(calls.find(([method]) => method === 'extend')).toEqual(['extend', 'a', expect.any(String), 30_000])
    work.resolve('done')
    expect(await outcome).toEqual({ status: 'executed', result: 'done' })
    await vi.advanceTimersByTimeAsync(100_000)
    expect(count('extend')).toBe(10)
  })

  test('after handlerSeconds the signal aborts and extension stops; a late success that nobody took over counts', async () => {
    const { store, count } = watched()
    const run = start({ store, handlerSeconds: 60 })
    await vi.advanceTimersByTimeAsync(59_999)
    expect(run.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(run.signal.aborted).toBe(true)
    expect(run.signal.reason).toMatchObject({ name: 'TimeoutError', message: 'The time of the handler is over.' })
    const extended = count('extend')
    await vi.advanceTimersByTimeAsync(300_000)
    expect(count('extend')).toBe(extended)
    run.work.resolve(1)
    expect(await run.outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('after handlerSeconds another takes over, and the late one is fenced', async () => {
    const store = memoryStore()
    const run = start({ store, handlerSeconds: 60 })
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await createIdempotency({ store }).run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
    run.work.resolve(1)
    expect(await run.outcome).toMatchObject({ code: 'fenced' })
  })

  test('extend that says false aborts the signal and fences, whatever the work gives', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const { store, count } = watched({ extend: async () => false })
      const run = start({ store })
      await vi.advanceTimersByTimeAsync(10_000)
      expect(run.signal.aborted).toBe(true)
      expect(run.signal.reason).toMatchObject({ code: 'fenced' })
      const thrown = new Error('mine')
      run.work[end](thrown)
      const error = await run.outcome
      expect(error).toBeInstanceOf(IdempotencyError)
      expect(error).toMatchObject({ code: 'fenced', ...(end === 'reject' && { cause: thrown }) })
      await vi.advanceTimersByTimeAsync(100_000)
      expect([count('extend'), count('complete'), count('release')]).toEqual([1, 0, 0])
    }
  })

  test.each<[string, () => Promise<boolean>]>([
    ['fails', () => Promise.reject(new Error('down'))],
    ['throws', () => expect.fail('at once')],
    ['answers nonsense', async () => undefined as never],
    ['never answers', never],
  ])('extend that %s fences nobody, and is tried again', async (_, extend) => {
    const { store, count } = watched({ extend })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(35_000)
    expect(run.signal.aborted).toBe(false)
    expect(count('extend')).toBe(3)
    run.work.resolve(1)
    expect(await run.outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('one extension at a time', async () => {
    const { store, count } = watched({ extend: never })
    const run = start({ store, leaseSeconds: 1.5 })
    await vi.advanceTimersByTimeAsync(2499)
    expect(count('extend')).toBe(1)
    await vi.advanceTimersByTimeAsync(501)
    expect(count('extend')).toBe(2)
    run.work.resolve(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await run.outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('the last extension settles before complete', async () => {
    const extension = deferred<boolean>()
    const { store, count } = watched({ extend: () => extension.promise })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(10_000)
    run.work.resolve(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(count('complete')).toBe(0)
    extension.resolve(true)
    expect(await run.outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('an extension that comes back false after the work is heard', async () => {
    const extension = deferred<boolean>()
    const { store, count } = watched({ extend: () => extension.promise })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(10_000)
    run.work.resolve(1)
    await vi.advanceTimersByTimeAsync(1000)
    extension.resolve(false)
    expect(await run.outcome).toMatchObject({ code: 'fenced' })
    expect(count('complete')).toBe(0)
  })

  test('in a runtime whose timers are numbers', async () => {
    const [{ setTimeout: later, setInterval: often }, timers] = [globalThis, new Map<number, unknown>()]
    const numbered =
      (make: (...given: never[]) => unknown) =>
      (...given: never[]) =>
        timers.set(timers.size, make(...given)).size - 1
    vi.stubGlobal('setTimeout', numbered(later as never))
    vi.stubGlobal('setInterval', numbered(often as never))
    for (const name of ['clearTimeout', 'clearInterval'] as const) {
      const clear = globalThis[name] as (timer: unknown) => void
      vi.stubGlobal(name, (timer: number) => clear(timers.get(timer)))
    }
    expect(await createIdempotency({ store: memoryStore() }).run('a', () => 1)).toEqual({ status: 'executed', result: 1 })
  })
})

describe('complete in a transaction of one’s own', () => {
  test('is given the transaction, stops extending, and leaves the later complete harmless', async () => {
    const { store, calls, count } = watched()
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(10_000)
    const tx = { mine: true }
    await run.complete(tx)
    expect(calls.find(([method]) => method === 'complete')).toEqual([
      'complete',
      'a',
      expect.any(String),
      undefined,
      604_800_000,
      tx,
    ])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(count('extend')).toBe(1)
    run.work.resolve('kept by nobody')
    expect(await run.outcome).toEqual({ status: 'executed', result: 'kept by nobody' })
    expect(await createIdempotency({ store }).run('a', () => 2)).toEqual({ status: 'replayed', result: undefined })
  })

  test('the last extension settles before it', async () => {
    const extension = deferred<boolean>()
    const { store, count } = watched({ extend: () => extension.promise })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(10_000)
    const completed = run.complete()
    await vi.advanceTimersByTimeAsync(1000)
    expect(count('complete')).toBe(0)
    extension.resolve(true)
    await completed
    expect(count('complete')).toBe(1)
    run.work.resolve(1)
    await run.outcome
  })

  test('throws fenced where another has the key, and so does the run even if that was caught', async () => {
    const { store, count } = watched({ complete: async () => false })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(0)
    await expect(run.complete()).rejects.toMatchObject({ code: 'fenced' })
    expect(run.signal.aborted).toBe(true)
    run.work.resolve(1)
    expect(await run.outcome).toMatchObject({ code: 'fenced' })
    expect(count('complete')).toBe(1)
  })

  test('throws store_unavailable where the store fails, and the key is given back with the work’s own error', async () => {
    const { store, count } = watched({ complete: () => Promise.reject(new Error('down')) })
    const run = start({ store })
    await vi.advanceTimersByTimeAsync(0)
    const error = await run.complete()?.catch((caught) => caught)
    expect(error).toMatchObject({ code: 'store_unavailable' })
    expect(run.signal.aborted).toBe(false)
    run.work.reject(error)
    expect(await run.outcome).toBe(error)
    expect(count('release')).toBe(1)
  })
})
