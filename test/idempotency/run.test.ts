import { createIdempotency, IdempotencyError, type IdempotencyStore, memoryStore } from 'countersign/idempotency'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred, never, watched } from './stores'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  // Whatever happened, no timer is left.
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const caught = (promise: Promise<unknown>) =>
  promise.then(
    (value) => Promise.reject(new Error(`Expected a rejection, got ${JSON.stringify(value)}`)),
    (error) => error,
  )

/** What throws whatever is asked of it, but whether it is a promise. */
const closed = () =>
  new Proxy(
    {},
    {
      get(_, name) {
        if (name !== 'then') throw new Error('closed')
      },
    },
  )

describe('done once', () => {
  test('the work runs, and its result is replayed', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    const work = vi.fn(async () => ({ paid: 7 }))
    expect(await run('a', work)).toEqual({ status: 'executed', result: { paid: 7 } })
    expect(await run('a', work)).toEqual({ status: 'replayed', result: { paid: 7 } })
    expect(await run('b', () => 'other')).toEqual({ status: 'executed', result: 'other' })
    expect(work).toHaveBeenCalledTimes(1)
  })

  test.each([undefined, 0, '', false, [1, 'ä'], { a: { b: [] } }])('the result %j is replayed as it was', async (result) => {
    const { run } = createIdempotency({ store: memoryStore() })
    await run('a', () => result)
    expect(await run('a', () => 'never')).toEqual({ status: 'replayed', result })
  })

  test('of 200 runs at once one works, and the others are told to come back', async () => {
    const { run } = createIdempotency({ store: memoryStore(), leaseSeconds: 20 })
    const { promise, resolve } = deferred()
    const work = vi.fn(() => promise)
    const runs = Array.from({ length: 200 }, () => run('a', work))
    const refused = Promise.allSettled(runs)
    await vi.advanceTimersByTimeAsync(0)
    resolve()
    const outcomes = await refused
    expect(work).toHaveBeenCalledTimes(1)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      expect(outcome.reason).toBeInstanceOf(IdempotencyError)
      expect(outcome.reason).toMatchObject({ code: 'in_progress', retryAfterSeconds: 20 })
    }
  })

  test('another fingerprint is a mismatch', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    await run('a', () => 1, { fingerprint: 'x' })
    expect(await run('a', () => 2, { fingerprint: 'x' })).toEqual({ status: 'replayed', result: 1 })
    expect(await run('a', () => 2)).toEqual({ status: 'replayed', result: 1 })
    expect(await caught(run('a', () => 2, { fingerprint: 'y' }))).toMatchObject({ code: 'mismatch' })
  })

  test('a result goes when its time is over, and the work is done all the same', async () => {
    const { run } = createIdempotency({ store: memoryStore(), retentionSeconds: 100, resultSeconds: 10 })
    const work = vi.fn(() => 'done')
    await run('a', work)
    vi.advanceTimersByTime(9_999)
    expect(await run('a', work)).toEqual({ status: 'replayed', result: 'done' })
    vi.advanceTimersByTime(1)
    expect(await run('a', work)).toEqual({ status: 'replayed', result: undefined })
    vi.advanceTimersByTime(90_000)
    expect(await run('a', work)).toEqual({ status: 'executed', result: 'done' })
  })

  test('every run has a token of its own, and the times it was made with', async () => {
    const { store, calls } = watched()
    const { run } = createIdempotency({ store, leaseSeconds: 2.5, retentionSeconds: 100 })
    await run('a', () => 1, { fingerprint: 'x' })
    await run('b', () => 1)
    const [first, second] = calls.filter(([method]) => method === 'claim') as [string, string, { token: string }][]
    expect(first?.[2]).toEqual({
      token: expect.stringMatching(/^[\w-]{24}$/),
      fingerprint: 'x',
      leaseMs: 2500,
      retentionMs: 100_000,
    })
    expect(first?.[2].token).not.toBe(second?.[2].token)
    expect(calls.find(([method]) => method === 'complete')).toEqual([
      'complete',
      'a',
      first?.[2].token,
      expect.anything(),
      100_000,
      undefined,
    ])
  })

  test('a codec of one’s own writes and reads the result', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    const codec = {
      encode: (date: Date) => Uint8Array.of(date.getUTCDate()),
      decode: (stored?: Uint8Array) => new Date(Date.UTC(2020, 0, stored?.[0])),
    }
    await run('a', () => new Date(Date.UTC(2026, 0, 17)), { codec })
    expect(await run('a', () => new Date(), { codec })).toEqual({ status: 'replayed', result: new Date(Date.UTC(2020, 0, 17)) })
  })

  test('a stored result that cannot be read is no reason to run again', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    await run('a', () => 1, { codec: { encode: () => Uint8Array.of(123), decode: () => 1 } })
    const work = vi.fn()
    const error = await caught(run('a', work))
    expect(error).toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('the stored result is not what the codec can read: '),
      cause: expect.any(SyntaxError),
    })
    expect(work).not.toHaveBeenCalled()
  })
})

describe('work that fails', () => {
  test('its own error comes out, the key is free at once, and attempts are counted', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    const attempts: number[] = []
    for (const thrown of [new Error('mine'), 'text', undefined, { status: 422 }]) {
      const failing = run('a', ({ attempt }) => {
        attempts.push(attempt)
        throw thrown
      })
      expect(await failing.catch((error) => ({ error }))).toEqual({ error: thrown })
    }
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 5 })
    expect(attempts).toEqual([1, 2, 3, 4])
  })

  test('the very same object comes out', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    const thrown = Object.freeze({ declined: true })
    expect(await caught(run('a', () => Promise.reject(thrown)))).toBe(thrown)
  })

  test('a result that cannot be written is a failure', async () => {
    const { run } = createIdempotency({ store: memoryStore() })
    expect(await caught(run('a', () => 1n))).toBeInstanceOf(TypeError)
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })

  test.each<[string, IdempotencyStore['release']]>([
    ['throws', () => Promise.reject(new Error('down'))],
    ['throws at once', () => expect.fail('at once')],
    ['says false', async () => false],
  ])('a release that %s does not hide it', async (_, release) => {
    const { store, count } = watched({ release })
    const thrown = new Error('mine')
    expect(await caught(createIdempotency({ store }).run('a', () => Promise.reject(thrown)))).toBe(thrown)
    expect(count('release')).toBe(1)
  })

  test('a release that never answers holds it up for two seconds at most', async () => {
    const { store } = watched({ release: never })
    const thrown = new Error('mine')
    const failing = caught(createIdempotency({ store }).run('a', () => Promise.reject(thrown)))
    await vi.advanceTimersByTimeAsync(2000)
    expect(await failing).toBe(thrown)
  })
})

describe('a store that fails', () => {
  const cause = new Error('connection refused')
  const failing: [string, () => Promise<never>][] = [
    ['rejects', () => Promise.reject(cause)],
    [
      'throws',
      () => {
        throw cause
      },
    ],
  ]

  test.each(failing)('claim %s: the work does not run', async (_, claim) => {
    const { store } = watched({ claim })
    const work = vi.fn()
    const error = await caught(createIdempotency({ store }).run('a', work))
    expect(error).toBeInstanceOf(IdempotencyError)
    expect(error).toMatchObject({ code: 'store_unavailable', cause, hint: expect.stringContaining('connection refused') })
    expect(work).not.toHaveBeenCalled()
  })

  test.each(failing)('complete %s: nothing is released, and the lease ends by itself', async (_, complete) => {
    const { store, count } = watched({ complete })
    const { run } = createIdempotency({ store })
    expect(await caught(run('a', () => 1))).toMatchObject({ code: 'store_unavailable', cause })
    expect(count('release')).toBe(0)
    expect(await caught(run('a', () => 1))).toMatchObject({ code: 'in_progress' })
    vi.advanceTimersByTime(30_000)
    expect(await caught(run('a', () => 1))).toMatchObject({ code: 'store_unavailable' })
  })

  test('what it throws need be no error, and its own word for being unavailable stays', async () => {
    const own = new IdempotencyError('store_unavailable', { detail: 'full' })
    const thrown = [own, 'text', undefined, new IdempotencyError('fenced')]
    const causes: unknown[] = []
    for (const each of thrown) {
      const { store } = watched({ claim: () => Promise.reject(each) })
      const error = await caught(createIdempotency({ store }).run('a', () => 1))
      expect(error.code).toBe('store_unavailable')
      expect(error === each).toBe(each === own)
      causes.push(error === own ? own : error.cause)
    }
    expect(causes).toEqual(thrown)
  })

  test.each<[string, unknown]>([
    ['whose message is no text', Object.assign(new Error(), { message: Symbol('no') })],
    ['that cannot be looked at', closed()],
  ])('an error %s is one too, and nobody waits for ever', async (_, thrown) => {
    const { store } = watched({ claim: () => Promise.reject(thrown) })
    const error = await caught(createIdempotency({ store }).run('a', () => 1))
    expect(error.code).toBe('store_unavailable')
    expect(error.cause === thrown).toBe(true)
  })

  const nonsense = [
    undefined,
    null,
    true,
    'claimed',
    {},
    { status: 'ok' },
    ...[undefined, 0, -1, 1.5, '1', Number.NaN].map((attempt) => ({ status: 'claimed', attempt })),
    ...[undefined, '5', Number.NaN, Number.POSITIVE_INFINITY].map((retryAfterMs) => ({ status: 'in_progress', retryAfterMs })),
    ...[null, 'text', [1], {}].map((result) => ({ status: 'completed', result })),
  ]

  test.each(nonsense)('claim answers %j: the work does not run', async (answer) => {
    const { store } = watched({ claim: async () => answer as never })
    const work = vi.fn()
    expect(await caught(createIdempotency({ store }).run('a', work))).toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringMatching(/^`claim` answered \S/),
    })
    expect(work).not.toHaveBeenCalled()
  })

  test.each([undefined, null, 1, 'true', {}])('complete answers %j: that is no success', async (answer) => {
    const { store, count } = watched({ complete: async () => answer as never })
    expect(await caught(createIdempotency({ store }).run('a', () => 1))).toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringMatching(/^`complete` answered \S/),
    })
    expect(count('release')).toBe(0)
  })

  test('complete answers false: another has it', async () => {
    const { store, count } = watched({ complete: async () => false })
    expect(await caught(createIdempotency({ store }).run('a', () => 1))).toMatchObject({ code: 'fenced' })
    expect(count('release')).toBe(0)
  })

  test.each([
    [0, 1],
    [-5, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [59_999.5, 60],
  ])('in_progress for %d ms is %d s', async (retryAfterMs, retryAfterSeconds) => {
    const { store } = watched({ claim: async () => ({ status: 'in_progress', retryAfterMs }) })
    expect(await caught(createIdempotency({ store }).run('a', () => 1))).toMatchObject({ code: 'in_progress', retryAfterSeconds })
  })
})

describe('a store that is slow', () => {
  test('a claim has two seconds, and is released when it was given after all', async () => {
    const late = deferred()
    const real = memoryStore()
    const { store, count } = watched({ claim: (key, options) => late.promise.then(() => real.claim(key, options)) }, real)
    const work = vi.fn()
    const error = caught(createIdempotency({ store }).run('a', work))
    await vi.advanceTimersByTimeAsync(1999)
    expect(count('release')).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(await error).toMatchObject({ code: 'store_unavailable' })
    late.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(count('release')).toBe(1)
    expect(work).not.toHaveBeenCalled()
    expect(await createIdempotency({ store: real }).run('a', ({ attempt }) => attempt)).toMatchObject({ result: 2 })
  })

  test('a platform is asked at once to wait until a late claim is released', async () => {
    const [claiming, releasing] = [deferred<{ status: 'claimed'; attempt: number }>(), deferred<boolean>()]
    const release = vi.fn(() => releasing.promise)
    const { sweep: _, ...store } = watched({ claim: () => claiming.promise, release }).store
    const waitUntil = vi.fn()
    const error = caught(createIdempotency({ store }).run('a', () => 1, { waitUntil }))
    await vi.advanceTimersByTimeAsync(2000)
    expect(await error).toMatchObject({ code: 'store_unavailable' })
    expect(waitUntil).toHaveBeenCalledTimes(1)
    const over = vi.fn()
    waitUntil.mock.calls[0]?.[0].then(over)
    claiming.resolve({ status: 'claimed', attempt: 1 })
    await vi.advanceTimersByTimeAsync(0)
    expect(release).toHaveBeenCalledTimes(1)
    expect(over).not.toHaveBeenCalled()
    releasing.resolve(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(over).toHaveBeenCalledTimes(1)
  })

  test.each<[string, (late: ReturnType<typeof deferred<never>>) => void]>([
    ['it was not given', ({ resolve }) => resolve({ status: 'in_progress', retryAfterMs: 1 } as never)],
    ['it was nonsense', ({ resolve }) => resolve(undefined as never)],
    ['it cannot be looked at', ({ resolve }) => resolve(closed() as never)],
    ['it failed', ({ reject }) => reject(new Error('late'))],
  ])('nothing more happens where %s', async (_, settle) => {
    const late = deferred<never>()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { store, count } = watched({ claim: () => late.promise })
    const error = caught(createIdempotency({ store }).run('a', () => 1))
    await vi.advanceTimersByTimeAsync(2000)
    expect(await error).toMatchObject({ code: 'store_unavailable' })
    settle(late)
    await vi.advanceTimersByTimeAsync(0)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(count('release')).toBe(0)
  })

  test('an answer in time leaves nothing to release', async () => {
    const { store, count } = watched({ complete: () => new Promise((resolve) => setTimeout(resolve, 1999, true)) })
    const done = createIdempotency({ store }).run('a', () => 1)
    await vi.advanceTimersByTimeAsync(1999)
    expect(await done).toEqual({ status: 'executed', result: 1 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(count('release')).toBe(0)
  })

  test('complete has two seconds', async () => {
    const { store, count } = watched({ complete: never })
    const error = caught(createIdempotency({ store }).run('a', () => 1))
    await vi.advanceTimersByTimeAsync(2000)
    expect(await error).toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringMatching(/^no answer within 2000 ms: /),
    })
    expect(count('release')).toBe(0)
  })
})

describe('sweeping', () => {
  test('at most once a minute, a hundred keys, whatever the outcome', async () => {
    const { store, calls, count } = watched()
    const { run } = createIdempotency({ store })
    for (let index = 0; index < 5; index++) await run(`a${index}`, () => 1)
    expect(count('sweep')).toBe(1)
    expect(calls.find(([method]) => method === 'sweep')).toEqual(['sweep', 100])
    await vi.advanceTimersByTimeAsync(59_999)
    await run('b', () => 1)
    expect(count('sweep')).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await caught(run('c', () => Promise.reject(new Error('mine'))))
    expect(count('sweep')).toBe(2)
  })

  test.each<[string, NonNullable<IdempotencyStore['sweep']>]>([
    ['never ends', never],
    ['fails', () => Promise.reject(new Error('down'))],
    ['throws', () => expect.fail('at once')],
  ])('a sweep that %s disturbs nothing', async (_, sweep) => {
    const { store, count } = watched({ sweep })
    expect(await createIdempotency({ store }).run('a', () => 1)).toEqual({ status: 'executed', result: 1 })
    expect(count('sweep')).toBe(1)
  })

  test.each<[string, () => Promise<number>]>([
    ['succeeds', async () => 100],
    ['fails', () => Promise.reject(new Error('down'))],
  ])('a sweep that %s is what a platform is asked to wait for, and nothing else is', async (_, end) => {
    const sweeping = deferred<number>()
    const { store } = watched({ sweep: () => sweeping.promise })
    const { run } = createIdempotency({ store })
    const waited: Promise<unknown>[] = []
    const waitUntil = (promise: Promise<unknown>) => void waited.push(promise)
    for (const key of ['a', 'b']) await run(key, () => 1, { waitUntil })
    expect(waited).toHaveLength(1)
    const over = vi.fn()
    const settled = waited[0]?.then(over)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(over).not.toHaveBeenCalled()
    end().then(sweeping.resolve, sweeping.reject)
    await settled
    expect(over).toHaveBeenCalledTimes(1)
  })

  test.each<[string, () => unknown]>([
    ['throws', () => expect.fail('too late')],
    ['rejects', () => Promise.reject(new Error('too late'))],
  ])('a platform whose waitUntil %s disturbs nothing', async (_, waitUntil) => {
    const { store, count } = watched()
    expect(await createIdempotency({ store }).run('a', () => 1, { waitUntil })).toEqual({ status: 'executed', result: 1 })
    expect(count('sweep')).toBe(1)
  })

  test('a store need not be able to', async () => {
    const { store } = watched()
    const { sweep: _, ...without } = store
    expect(await createIdempotency({ store: without }).run('a', () => 1)).toEqual({ status: 'executed', result: 1 })
  })
})

describe('back-off', () => {
  const fail = () => Promise.reject(new Error('no'))

  test.each([
    ['a number', 5],
    ['a function of the try', (attempt: number) => attempt * 5],
  ])('as %s keeps a key whose work failed from everyone until it is over', async (_, backOffSeconds) => {
    const { run } = createIdempotency({ store: memoryStore(), backOffSeconds })
    expect(await caught(run('a', fail))).toMatchObject({ message: 'no' })
    expect(await caught(run('a', fail))).toMatchObject({ code: 'in_progress', retryAfterSeconds: 5 })
    vi.advanceTimersByTime(5000)
    expect(await caught(run('a', fail))).toMatchObject({ message: 'no' })
    const second = typeof backOffSeconds === 'number' ? 5 : 10
    expect(await caught(run('a', fail))).toMatchObject({ code: 'in_progress', retryAfterSeconds: second })
    vi.advanceTimersByTime(second * 1000)
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 3 })
  })

  test.each([Number.NaN, -1, Number.NEGATIVE_INFINITY, undefined])('of %s is none', async (seconds) => {
    const { run } = createIdempotency({ store: memoryStore(), backOffSeconds: () => seconds as number })
    await caught(run('a', fail))
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })

  test('that throws is none, and the error of the work is the one that is seen', async () => {
    const backOffSeconds = () => {
      throw new Error('of the back-off')
    }
    const { run } = createIdempotency({ store: memoryStore(), backOffSeconds })
    expect(await caught(run('a', fail))).toMatchObject({ message: 'no' })
    expect(await run('a', ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
  })

  test('is what the store is told', async () => {
    const { store, calls } = watched()
    const { run } = createIdempotency({ store, backOffSeconds: 7 })
    await caught(run('a', fail))
    expect(calls).toContainEqual(['release', 'a', expect.any(String), { retryAfterMs: 7000 }])
  })
})
