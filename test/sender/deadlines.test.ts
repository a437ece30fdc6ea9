import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

let createDeadlines: typeof import('../../src/sender/deadlines').createDeadlines

beforeAll(async () => {
  vi.useFakeTimers()
  // Loaded now, since it keeps the clock that it finds.
  vi.resetModules()
  createDeadlines = (await import('../../src/sender/deadlines')).createDeadlines
})
afterAll(() => void vi.useRealTimers())

describe('createDeadlines', () => {
  it.each([
    [15_000, 250],
    [1000, 20],
    [10, 1],
  ])('of %i ms act when they are over, at most %i ms late', (milliseconds, lateMs) => {
    const { begin } = createDeadlines(milliseconds)
    const acts = [vi.fn(), vi.fn()] as const
    begin(acts[0])
    vi.advanceTimersByTime(milliseconds / 2)
    begin(acts[1])
    const calls = () => acts.map(({ mock }) => mock.calls.length)
    vi.advanceTimersByTime(milliseconds / 2 - 1)
    expect(calls()).toEqual([0, 0])
    vi.advanceTimersByTime(1 + lateMs)
    expect(calls()).toEqual([1, 0])
    vi.advanceTimersByTime(milliseconds / 2 - lateMs - 1)
    expect(calls()).toEqual([1, 0])
    vi.advanceTimersByTime(1 + lateMs)
    expect(calls()).toEqual([1, 1])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('do not act once they are called off, and then need no timer', () => {
    const { begin } = createDeadlines(1000)
    const acts = [vi.fn(), vi.fn()] as const
    const callOff = acts.map((act) => begin(act))
    expect(vi.getTimerCount()).toBe(1)
    callOff[0]?.()
    expect(vi.getTimerCount()).toBe(1)
    callOff[1]?.()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(2000)
    expect([acts[0].mock.calls, acts[1].mock.calls]).toEqual([[], []])
    // And begin again after that.
    const act = vi.fn()
    begin(act)
    vi.advanceTimersByTime(1020)
    expect(act).toHaveBeenCalledTimes(1)
  })
})
