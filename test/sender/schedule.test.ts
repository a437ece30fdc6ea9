import { fc, it } from '@fast-check/vitest'
import { classify, nextDelay, type Outcome, type Schedule } from 'countersign/sender'
import { describe, expect, it as plain } from 'vitest'
import { outcomes, responses } from './outcomes'

const middle = () => 0.5
const failed: Outcome = { kind: 'response', status: 500 }
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const waits = fc.array(fc.oneof(fc.nat(200_000), fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 12 })
const attempts = fc.integer({ min: 1, max: 14 })

const everyWait = (schedule: Schedule) => {
  const found: number[] = []
  for (;;) {
    const seconds = nextDelay(found.length + 1, failed, schedule, middle)
    if (seconds === undefined) return found
    found.push(seconds)
  }
}
const hours = (...some: number[]) => some.map((hour) => hour * 3600)
const sum = (some: readonly number[]) => some.reduce((total, one) => total + one, 0)

describe('the schedules', () => {
  plain('are by default 1 min, 5 min and 30 min', () => expect(everyWait('default')).toEqual([60, 300, 1800]))

  plain('are as Standard Webhooks recommends: ten tries over 75 h 35 min 5 s', () => {
    expect(everyWait('standard')).toEqual([5, 300, 1800, ...hours(2, 5, 10, 14, 20, 24)])
    expect(sum(everyWait('standard'))).toBe(75 * 3600 + 35 * 60 + 5)
  })

  plain('are as Svix has them', () => expect(everyWait('svix')).toEqual([5, 300, 1800, ...hours(2, 5, 10, 10)]))

  plain('are one’s own', () => {
    expect(everyWait([1, 0, 2.5])).toEqual([1, 0, 2.5])
    expect(everyWait([])).toEqual([])
  })

  plain.each([['weekly'], ['toString'], [7], [[-1]], [[Number.NaN]], [['5']], [[Number.POSITIVE_INFINITY]], [undefined]])(
    'refuse %j',
    (schedule) => {
      expect(() => nextDelay(1, failed, schedule as never, middle)).toThrow(/^Expected `schedule` to be /)
    },
  )
})

describe('nextDelay', () => {
  plain.each<[string, Outcome, number]>([
    ['a hint', { kind: 'response', status: 429, retryAfterSeconds: 120 }, 120],
    ['a hint of another status', { kind: 'response', status: 400, retryAfterSeconds: 120 }, 120],
    ['a hint that is shorter than the schedule', { kind: 'response', status: 503, retryAfterSeconds: 1 }, 10],
    ['a hint beyond 10 hours', { kind: 'response', status: 503, retryAfterSeconds: 1e9 }, 36_000],
    ['a bad gateway', { kind: 'response', status: 502 }, 60],
    ['a gateway’s timeout', { kind: 'response', status: 504 }, 60],
    ['a gateway’s timeout with a hint', { kind: 'response', status: 504, retryAfterSeconds: 90 }, 90],
    ['a timeout', { kind: 'timeout' }, 60],
    ['an overloaded server', { kind: 'response', status: 503 }, 10],
    ['a refused connection', { kind: 'network', code: 'ECONNREFUSED' }, 10],
    ['a try that was aborted', { kind: 'aborted' }, 10],
  ])('waits after %s', (_, outcome, seconds) => expect(nextDelay(1, outcome, [10], middle)).toBe(seconds))

  it.prop([attempts, outcomes, waits, unit])(
    'is undefined exactly where nothing is to be tried again',
    (attempt, outcome, schedule, random) => {
      const isOver = attempt > schedule.length || classify(outcome) !== 'retry'
      expect(nextDelay(attempt, outcome, schedule, () => random) === undefined).toBe(isOver)
    },
  )

  it.prop([attempts, outcomes, waits, unit])('is pure', (attempt, outcome, schedule, random) => {
    const delay = () =>
      nextDelay(attempt, Object.freeze({ ...outcome }), Object.freeze([...schedule]) as readonly number[], () => random)
    expect(delay()).toBe(delay())
  })

  it.prop([fc.nat(20), waits, fc.integer({ min: 500, max: 501 }), unit])(
    'stays within 20 % of the schedule',
    (at, schedule, status, random) => {
      fc.pre(at < schedule.length)
      const seconds = schedule[at] as number
      const delay = nextDelay(at + 1, { kind: 'response', status }, schedule, () => random)
      expect(delay).toBeGreaterThanOrEqual(seconds * 0.8)
      expect(delay).toBeLessThanOrEqual(seconds * 1.2)
      expect(nextDelay(at + 1, { kind: 'response', status }, schedule, middle)).toBe(seconds)
    },
  )

  it.prop([responses, fc.nat(100_000), unit])(
    'is never below a hint up to 10 hours, a minute where it must be, or what it is without a hint',
    (response, seconds, random) => {
      fc.pre(classify(response) === 'retry')
      const delay = nextDelay(1, response, [seconds], () => random) as number
      const { kind, status, retryAfterSeconds = 0 } = response
      const without = nextDelay(1, { kind, status }, [seconds], () => random) as number
      expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfterSeconds, 36_000))
      expect(delay).toBeGreaterThanOrEqual(without)
      if (status === 502 || status === 504) expect(delay).toBeGreaterThanOrEqual(60)
      expect(delay).toBeLessThanOrEqual(Math.max(36_000, without))
    },
  )

  it.prop([responses, fc.nat(200_000), fc.nat(200_000), fc.nat(100_000), unit])(
    'grows with the hint',
    (response, one, other, seconds, random) => {
      fc.pre(classify(response) === 'retry')
      const delay = (retryAfterSeconds: number) =>
        nextDelay(1, { ...response, retryAfterSeconds }, [seconds], () => random) as number
      expect(delay(Math.max(one, other))).toBeGreaterThanOrEqual(delay(Math.min(one, other)))
    },
  )

  it.prop([fc.nat(1000), fc.nat(1000)])('spreads over the whole width', (one, other) => {
    const delay = (random: number) => nextDelay(1, failed, [1000], () => random / 1001) as number
    expect(delay(0)).toBe(800)
    expect(Math.sign(delay(one) - delay(other))).toBe(Math.sign(one - other))
  })

  plain('is within 20 % at the very ends of chance too', () => {
    const almostOne = 1 - Number.EPSILON / 2
    for (const seconds of [60, 1000, 1800]) {
      expect(nextDelay(1, failed, [seconds], () => almostOne)).toBeLessThanOrEqual(seconds * 1.2)
      expect(nextDelay(1, failed, [seconds], () => 0)).toBeGreaterThanOrEqual(seconds * 0.8)
    }
  })

  plain.each([0, -1, Number.NaN, '1'])('refuses the try number %s', (attempt) => {
    expect(() => nextDelay(attempt as number, failed, 'default', middle)).toThrow(
      /^Expected `attempt` to be a number of 1 or more/,
    )
  })
})
