import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEndings } from '../../src/sender/ending'
import { wait } from '../../src/sender/wait'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watch(promise: Promise<void>) {
  const watched = { isDone: false }
  void promise.then(() => {
    watched.isDone = true
  })
  return watched
}

describe('wait', () => {
  it('ends when the time is over', async () => {
    const waiting = watch(wait(1000, createEndings().of()))
    await vi.advanceTimersByTimeAsync(999)
    expect(waiting.isDone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(waiting.isDone).toBe(true)
  })

  it('is as long as it must be beyond what a timer takes', async () => {
    const days = 60 * 86_400_000
    const waiting = watch(wait(days, createEndings().of()))
    await vi.advanceTimersByTimeAsync(days - 1)
    expect(waiting.isDone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(waiting.isDone).toBe(true)
  })

  it.each(['signal', 'close'])('ends at once by %s, and leaves nothing behind', async (by) => {
    const controller = new AbortController()
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    const endings = createEndings()
    const waiting = watch(wait(1000, endings.of(controller.signal)))
    if (by === 'signal') controller.abort()
    else endings.endAll()
    await vi.advanceTimersByTimeAsync(0)
    expect([waiting.isDone, vi.getTimerCount(), removed.mock.calls.length]).toEqual([true, 0, 1])
  })

  it('leaves no listener behind when the time is over', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const waiting = watch(wait(0, createEndings().of(signal)))
    await vi.advanceTimersByTimeAsync(0)
    expect([waiting.isDone, removed.mock.calls.length]).toEqual([true, 1])
  })

  it('does not begin when it is over already', async () => {
    const endings = createEndings()
    endings.endAll()
    for (const ending of [endings.of(), createEndings().of(AbortSignal.abort())]) await wait(1e9, ending)
    expect(vi.getTimerCount()).toBe(0)
  })
})
