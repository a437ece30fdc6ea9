import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Work, workOn } from '../../src/queues/loop'

describe('workOn', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Work whose tasks are given by hand, and end by hand. */
  function open(first: readonly string[] = [], sweep?: Work<string>['sweep']) {
    const ending = new AbortController()
    const waiting: string[] = [...first]
    const limits: number[] = []
    const under = new Map<string, (hasMore: boolean) => void>()
    const errors: unknown[] = []
    let isBroken = false
    let isOver = false
    const work: Work<string> = {
      async take(limit) {
        limits.push(limit)
        if (isBroken) throw new Error('away')
        return waiting.splice(0, limit)
      },
      handle: (task) => new Promise((resolve) => under.set(task, resolve)),
      ...(sweep && { sweep }),
    }
    const onError = (error: unknown) => void errors.push(error)
    const ended = workOn(work, { concurrency: 2, pollSeconds: 10, onError, signal: ending.signal }).then(() => {
      isOver = true
    })
    return {
      waiting,
      limits,
      errors,
      ending,
      ended,
      under: () => [...under.keys()],
      async end(task: string, hasMore = false) {
        under.get(task)?.(hasMore)
        under.delete(task)
        await settle()
      },
      break: (is: boolean) => {
        isBroken = is
      },
      isOver: () => isOver,
    }
  }
  const settle = () => vi.advanceTimersByTimeAsync(0)

  test('takes no more than there is room for, and the next as soon as there is room', async () => {
    const { under, end, limits } = open(['a', 'b', 'c', 'd'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect([under(), limits]).toEqual([['a', 'b'], [2]])
    await end('b')
    expect([under(), limits]).toEqual([
      ['a', 'c'],
      [2, 1],
    ])
    await end('a')
    expect(under()).toEqual(['c', 'd'])
  })

  test('goes on after a task that rejects, and says so', async () => {
    const errors: unknown[] = []
    const ending = new AbortController()
    const handled: string[] = []
    const work: Work<string> = {
      take: async (limit) => ['a', 'b'].slice(handled.length, handled.length + limit),
      handle(task) {
        handled.push(task)
        return Promise.reject(`${task} cannot be told`)
      },
    }
    const onError = (error: unknown) => void errors.push(error)
    const ended = workOn(work, { concurrency: 1, pollSeconds: 10, onError, signal: ending.signal })
    await vi.advanceTimersByTimeAsync(10_000)
    ending.abort()
    await expect(ended).resolves.toBeUndefined()
    expect([handled, errors]).toEqual([
      ['a', 'b'],
      ['a cannot be told', 'b cannot be told'],
    ])
  })

  test('waits where there is nothing, and looks again after a while', async () => {
    const { waiting, under, limits } = open()
    await settle()
    expect(limits).toEqual([2])
    waiting.push('a')
    await vi.advanceTimersByTimeAsync(9999)
    expect(under()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(under()).toEqual(['a'])
  })

  test('looks again at once for what a task has made, also where it is looking just then', async () => {
    let swept = () => {}
    const sweep = () => new Promise<void>((resolve) => void (swept = resolve))
    const { waiting, under, end } = open(['a'], sweep)
    await settle()
    waiting.push('b')
    await end('a', true)
    expect(under()).toEqual([])
    swept()
    await settle()
    expect(under()).toEqual(['b'])
    waiting.push('c')
    await end('b', true)
    expect(under()).toEqual(['c'])
    waiting.push('d')
    await end('c', false)
    expect(under()).toEqual([])
  })

  test('ends when the signal aborts, after what is under way', async () => {
    const { waiting, under, end, ending, isOver } = open(['a'])
    await settle()
    ending.abort()
    waiting.push('b')
    await settle()
    expect([under(), isOver()]).toEqual([['a'], false])
    await end('a', true)
    expect([under(), isOver()]).toEqual([[], true])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends at once where nothing is under way, also while it waits', async () => {
    const { ending, ended, limits } = open()
    await settle()
    ending.abort()
    await ended
    expect(limits).toEqual([2])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('tells what the queue threw, and asks it again', async () => {
    const { waiting, under, errors, break: breakDown } = open()
    await settle()
    breakDown(true)
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(errors).toEqual([new Error('away'), new Error('away')])
    breakDown(false)
    waiting.push('a')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(under()).toEqual(['a'])
  })

  test('sweeps once a minute, whatever comes of it', async () => {
    let sweeps = 0
    const { errors } = open([], async () => {
      sweeps++
      throw new Error('no')
    })
    await settle()
    expect(sweeps).toBe(1)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(sweeps).toBe(1)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(sweeps).toBe(2)
    expect(errors).toHaveLength(2)
  })
})
