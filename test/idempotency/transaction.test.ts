import { createIdempotency, IdempotencyError, memoryStore, type TransactionalStore } from 'countersign/idempotency'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred, never, watched } from './stores'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A transaction in memory: what is written through it, complete too, takes effect when it commits. */
interface Tx {
  readonly id: number
  write(effect: () => void): void
}

interface Moments {
  /** Before a connection is there. */
  connect?: () => Promise<unknown>
  commit?: () => Promise<unknown>
  rollback?: () => Promise<unknown>
}

function transactional({ connect, commit, rollback }: Moments = {}, overrides: Parameters<typeof watched>[0] = {}) {
  const real = memoryStore()
  const watching = watched(overrides, real)
  const log: string[] = []
  let begun = 0
  const store: TransactionalStore<Tx> = {
    ...watching.store,
    async complete(key, token, result, retentionMs, tx) {
      if (!tx) return watching.store.complete(key, token, result, retentionMs)
      log.push(`complete in ${tx.id}`)
      if (overrides.complete) return overrides.complete(key, token, result, retentionMs, tx)
      // What it would answer, without changing more than a lease.
      if (!(await real.extend(key, token, 30_000))) return false
      tx.write(() => void real.complete(key, token, result, retentionMs))
      return true
    },
    async transaction(work) {
      await connect?.()
      const effects: (() => void)[] = []
      const tx = { id: ++begun, write: (effect: () => void) => void effects.push(effect) }
      log.push(`begin ${tx.id}`)
      let result: Awaited<ReturnType<typeof work>>
      try {
        result = await work(tx)
      } catch (error) {
        await rollback?.()
        log.push(`rollback ${tx.id}`)
        throw error
      }
      await commit?.()
      for (const effect of effects) effect()
      log.push(`commit ${tx.id}`)
      return result
    },
  }
  return { ...watching, store, log }
}

const inTransaction = { transaction: true } as const

describe('with transaction: true', () => {
  test('the work is given the transaction, and its writes commit with the completion', async () => {
    const { store, log } = transactional()
    const { run } = createIdempotency({ store })
    const ledger: string[] = []
    const work = vi.fn(({ transaction, attempt }: { transaction: Tx; attempt: number }) => {
      transaction.write(() => void ledger.push('paid'))
      return { attempt }
    })
    expect(await run('a', work, inTransaction)).toEqual({ status: 'executed', result: { attempt: 1 } })
    expect(await run('a', work, inTransaction)).toEqual({ status: 'replayed', result: { attempt: 1 } })
    expect(ledger).toEqual(['paid'])
    expect(log).toEqual(['begin 1', 'complete in 1', 'commit 1'])
  })

  test('a store with transactions runs plain work too', async () => {
    const { store, log } = transactional()
    expect(await createIdempotency({ store }).run('a', () => 1)).toEqual({ status: 'executed', result: 1 })
    expect(log).toEqual([])
  })

  test('what the work throws comes out as it is, after rollback and release', async () => {
    const { store, log, count } = transactional()
    const { run } = createIdempotency({ store })
    const ledger: string[] = []
    for (const thrown of [new Error('mine'), undefined, { declined: true }]) {
      const failing = run(
        'a',
        ({ transaction }) => {
          transaction.write(() => void ledger.push('paid'))
          throw thrown
        },
        inTransaction,
      )
      expect(await failing.catch((error) => ({ error }))).toEqual({ error: thrown })
    }
    expect(count('release')).toBe(3)
    expect(await run('a', ({ attempt }) => attempt, inTransaction)).toEqual({ status: 'executed', result: 4 })
    expect(ledger).toEqual([])
    expect(log).toEqual([
      'begin 1',
      'rollback 1',
      'begin 2',
      'rollback 2',
      'begin 3',
      'rollback 3',
      'begin 4',
      'complete in 4',
      'commit 4',
    ])
  })

  test('a store that takes a commit for another try gives the result of the one that was committed', async () => {
    const { store } = transactional()
    const twice: TransactionalStore<Tx> = {
      ...store,
      async transaction(work) {
        await work({ id: 0, write: () => undefined })
        return store.transaction(work)
      },
    }
    const { run } = createIdempotency({ store: twice })
    let runs = 0
    const work = () => ++runs
    expect(await run('a', work, inTransaction)).toEqual({ status: 'executed', result: 2 })
    expect(await run('a', work, inTransaction)).toEqual({ status: 'replayed', result: 2 })
  })

  test('a transaction that begins after the caller was told that there is none does nothing', async () => {
    const { store } = transactional()
    let begin: (() => Promise<unknown>) | undefined
    const late: TransactionalStore<Tx> = {
      ...store,
      async transaction(work) {
        begin = () => store.transaction(work)
        throw new Error('no connection in time')
      },
    }
    const work = vi.fn()
    await expect(createIdempotency({ store: late }).run('a', work, inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    await expect(begin?.()).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(work).not.toHaveBeenCalled()
  })

  test('a result that cannot be written rolls back', async () => {
    const { store, log } = transactional()
    await expect(createIdempotency({ store }).run('a', () => 1n, inTransaction)).rejects.toThrow(TypeError)
    expect(log).toEqual(['begin 1', 'rollback 1'])
  })

  test('complete that says false rolls back and is fenced', async () => {
    const { store, log, count } = transactional({}, { complete: async () => false })
    await expect(createIdempotency({ store }).run('a', () => 1, inTransaction)).rejects.toMatchObject({ code: 'fenced' })
    expect(log).toEqual(['begin 1', 'complete in 1', 'rollback 1'])
    expect(count('release')).toBe(1)
  })

  test.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('down'))],
    ['never answers', never],
  ])('complete that %s rolls back and releases', async (_, complete) => {
    const { store, log, count } = transactional({}, { complete })
    const outcome = createIdempotency({ store })
      .run('a', () => 1, inTransaction)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await outcome).toMatchObject({ code: 'store_unavailable' })
    expect(log).toEqual(['begin 1', 'complete in 1', 'rollback 1'])
    expect(count('release')).toBe(1)
  })

  test('a commit that finds the key with another is fenced', async () => {
    const { store } = transactional({ commit: () => Promise.reject(new IdempotencyError('fenced')) })
    const error = await createIdempotency({ store })
      .run('a', () => 1, inTransaction)
      .catch((reason) => reason)
    expect(error).toMatchObject({ code: 'fenced' })
  })

  test.each<[string, Moments, string[]]>([
    ['begin', { connect: () => Promise.reject(new Error('down')) }, []],
    ['begin at once', { connect: () => expect.fail('down') }, []],
    ['commit', { commit: () => Promise.reject(new Error('down')) }, ['begin 1', 'complete in 1']],
    ['commit in time', { commit: never }, ['begin 1', 'complete in 1']],
  ])('a store that cannot %s is unavailable, and the key is released', async (_, moments, expected) => {
    const { store, log, count } = transactional(moments)
    const outcome = createIdempotency({ store })
      .run('a', () => 1, inTransaction)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(2000)
    const error = await outcome
    expect(error).toBeInstanceOf(IdempotencyError)
    expect(error).toMatchObject({ code: 'store_unavailable' })
    expect(log).toEqual(expected)
    expect(count('release')).toBe(1)
  })

  test('a commit that throws another error of ours is unavailable: no other code can be told from a commit', async () => {
    const cause = new IdempotencyError('in_progress', { retryAfterSeconds: 5 })
    const { store } = transactional({ commit: () => Promise.reject(cause) })
    await expect(createIdempotency({ store }).run('a', () => 1, inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
      cause,
    })
  })

  test('a commit that fails tells why', async () => {
    const cause = new Error('deferred constraint')
    const { store } = transactional({ commit: () => Promise.reject(cause) })
    await expect(createIdempotency({ store }).run('a', () => 1, inTransaction)).rejects.toMatchObject({ cause })
  })

  test.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('down'))],
    ['never ends', never],
  ])('a rollback that %s does not hide what the work threw', async (_, rollback) => {
    const { store, count } = transactional({ rollback })
    const thrown = new Error('mine')
    const outcome = createIdempotency({ store })
      .run('a', () => Promise.reject(thrown), inTransaction)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await outcome).toBe(thrown)
    expect(count('release')).toBe(1)
  })

  test('a rollback comes before the release', async () => {
    const { promise, resolve } = deferred()
    const { store, count } = transactional({ rollback: () => promise })
    const outcome = createIdempotency({ store })
      .run('a', () => Promise.reject(new Error('mine')), inTransaction)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(1000)
    expect(count('release')).toBe(0)
    resolve()
    await outcome
    expect(count('release')).toBe(1)
  })

  test('a store that says it is done without running the work is not believed', async () => {
    const { store } = transactional()
    const work = vi.fn()
    const lying = { ...store, transaction: async () => undefined as never }
    await expect(createIdempotency({ store: lying }).run('a', work, inTransaction)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('`transaction` answered undefined'),
    })
    expect(work).not.toHaveBeenCalled()
  })
})

describe('the lease of a transaction', () => {
  test('nothing is extended while it is open, and the signal aborts when the lease ends', async () => {
    const { store, count } = transactional()
    const { promise, resolve } = deferred<number>()
    let signal = AbortSignal.abort()
    const outcome = createIdempotency({ store }).run(
      'a',
      (context) => {
        signal = context.signal
        return promise
      },
      inTransaction,
    )
    await vi.advanceTimersByTimeAsync(29_999)
    expect(signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
    expect(count('extend')).toBe(0)
    resolve(1)
    expect(await outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('handlerSeconds, where they are less, end it', async () => {
    const { store } = transactional()
    const outcome = createIdempotency({ store, handlerSeconds: 5 }).run(
      'a',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      inTransaction,
    )
    const error = outcome.catch((caught) => caught)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await error).toMatchObject({ name: 'TimeoutError' })
  })

  test('it is extended while a connection is waited for, and the signal counts from the last extension', async () => {
    const connection = deferred()
    const { store, count } = transactional({ connect: () => connection.promise })
    const end = deferred<number>()
    let signal: AbortSignal | undefined
    const outcome = createIdempotency({ store }).run(
      'a',
      (context) => {
        signal = context.signal
        return end.promise
      },
      inTransaction,
    )
    await vi.advanceTimersByTimeAsync(105_000)
    expect(count('extend')).toBe(10)
    expect(signal).toBeUndefined()
    connection.resolve()
    await vi.advanceTimersByTimeAsync(24_999)
    expect(signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(signal?.aborted).toBe(true)
    expect(count('extend')).toBe(10)
    end.resolve(1)
    expect(await outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('an extension that answers nonsense is not counted on: the signal aborts when the lease surely ends', async () => {
    const connection = deferred()
    const { store } = transactional({ connect: () => connection.promise }, { extend: async () => undefined as never })
    const end = deferred<number>()
    let signal: AbortSignal | undefined
    const outcome = createIdempotency({ store }).run(
      'a',
      (context) => {
        signal = context.signal
        return end.promise
      },
      inTransaction,
    )
    await vi.advanceTimersByTimeAsync(25_000)
    connection.resolve()
    await vi.advanceTimersByTimeAsync(4_999)
    expect(signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(signal?.aborted).toBe(true)
    end.resolve(1)
    expect(await outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('the last extension settles before the work starts', async () => {
    const connection = deferred()
    const extension = deferred<boolean>()
    const { store } = transactional({ connect: () => connection.promise }, { extend: () => extension.promise })
    const work = vi.fn(() => 1)
    const outcome = createIdempotency({ store }).run('a', work, inTransaction)
    await vi.advanceTimersByTimeAsync(10_000)
    connection.resolve()
    await vi.advanceTimersByTimeAsync(1000)
    expect(work).not.toHaveBeenCalled()
    extension.resolve(true)
    expect(await outcome).toEqual({ status: 'executed', result: 1 })
  })

  test('lost while a connection is waited for: fenced at once, and the work never runs', async () => {
    const connection = deferred()
    const { store, log } = transactional({ connect: () => connection.promise }, { extend: async () => false })
    const work = vi.fn(() => 1)
    const outcome = createIdempotency({ store })
      .run('a', work, inTransaction)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome).toMatchObject({ code: 'fenced' })
    connection.resolve()
    await vi.advanceTimersByTimeAsync(1000)
    expect(log).toEqual(['begin 1', 'rollback 1'])
    expect(work).not.toHaveBeenCalled()
  })

  test('no connection in the time of the handler: unavailable, released, and the work never runs', async () => {
    const connection = deferred()
    const { store, log, count } = transactional({ connect: () => connection.promise })
    const work = vi.fn(() => 1)
    const { run } = createIdempotency({ store, handlerSeconds: 60 })
    const outcome = run('a', work, inTransaction).catch((error) => error)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await outcome).toMatchObject({ code: 'store_unavailable', hint: expect.stringContaining('no transaction began') })
    expect(count('release')).toBe(1)
    connection.resolve()
    await vi.advanceTimersByTimeAsync(1000)
    expect(log).toEqual(['begin 1', 'rollback 1'])
    expect(work).not.toHaveBeenCalled()
    expect(await run('a', ({ attempt }) => attempt, inTransaction)).toEqual({ status: 'executed', result: 2 })
  })
})
