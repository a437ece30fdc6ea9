import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTurnstile } from '../../src/sender/turnstile'

describe('createTurnstile', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())
  const middle = () => 0.5
  const enter = (turnstile: ReturnType<typeof createTurnstile>, name = 'a') => {
    const leave = turnstile.enter(name)
    return typeof leave === 'function' ? leave : expect.fail(`turned away for ${leave} s`)
  }

  test('lets so many in at a time for each name', () => {
    const turnstile = createTurnstile(2, middle)
    const leave = enter(turnstile)
    enter(turnstile)
    expect(turnstile.enter('a')).toBeTypeOf('number')
    enter(turnstile, 'b')
    leave()
    enter(turnstile)
    expect(turnstile.enter('a')).toBeTypeOf('number')
  })

  test('gives everyone who is turned away a time of their own, by how long a stay lasts', () => {
    const turnstile = createTurnstile(2, middle)
    const leave = enter(turnstile)
    enter(turnstile)
    vi.advanceTimersByTime(4000)
    leave()
    enter(turnstile)
    // Two places, four seconds each.
    expect([1, 2, 3].map(() => turnstile.enter('a'))).toEqual([2, 4, 6])
    // Time goes on, and with it what was promised.
    vi.advanceTimersByTime(6000)
    expect(turnstile.enter('a')).toBe(2)
  })

  test('asks for a tenth of a second at least and a minute at most, and spreads them', () => {
    const quick = createTurnstile(2, middle)
    enter(quick)
    enter(quick)()
    enter(quick)
    expect([1, 2].map(() => quick.enter('a'))).toEqual([0.1, 0.1])
    const slow = createTurnstile(2, middle)
    const leave = enter(slow)
    enter(slow)
    vi.advanceTimersByTime(100_000)
    leave()
    enter(slow)
    expect([1, 2, 3].map(() => slow.enter('a'))).toEqual([50, 60, 60])
    const bounds = [0, 0.999_999].map((random) => {
      const turnstile = createTurnstile(1, () => random)
      enter(turnstile)
      return turnstile.enter('a')
    })
    expect(bounds[0]).toBeCloseTo(0.075)
    expect(bounds[1]).toBeCloseTo(0.125)
  })

  test('remembers a name for as long as someone is in', () => {
    const turnstile = createTurnstile(1, middle)
    const leave = enter(turnstile)
    vi.advanceTimersByTime(10_000)
    leave()
    enter(turnstile)
    // As new: the stay before is forgotten.
    expect(turnstile.enter('a')).toBe(0.1)
  })
})
