import { expectNumber, expectOption } from '../core/options'
import { classify } from './classify'
import type { Outcome } from './outcome'

const minute = 60
const hour = 3600

/** The schedules that have a name: seconds to wait before each retry. */
const schedules = {
  default: [minute, 5 * minute, 30 * minute],
  // The recommendation of the Standard Webhooks specification: ten tries over 75 h 35 min.
  standard: [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
  svix: [5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour],
} as const

/**
 * When to try again: seconds to wait before each retry, or one of the schedules that have a name. The first try is at once.
 *
 * `default`: 1, 5 and 30 minutes. `standard`: nine retries over three days, as Standard Webhooks recommends. `svix`: seven over 28 hours.
 */
export type Schedule = keyof typeof schedules | readonly number[]

/** The waits of a schedule, checked. */
export function waitsOf(schedule: Schedule): readonly number[] {
  if (typeof schedule === 'string' && Object.hasOwn(schedules, schedule)) return schedules[schedule]
  const names = Object.keys(schedules).join(', ')
  expectOption(Array.isArray(schedule), 'schedule', `one of ${names}, or an array of seconds`, schedule)
  for (const seconds of schedule) expectNumber('schedule', seconds)
  return [...schedule]
}

/** How far a wait may be from the schedule's, in either direction, so that those who failed together do not return together. */
const jitter = 0.2
const longestHint = 10 * hour
/** A gateway or a receiver that is overloaded is not helped by another try at once. */
const shortestWhenOverloaded = minute

function leastSeconds(outcome: Outcome): number {
  if (outcome.kind === 'timeout') return shortestWhenOverloaded
  if (outcome.kind !== 'response') return 0
  const hint = Math.min(outcome.retryAfterSeconds ?? 0, longestHint)
  return Math.max(hint, outcome.status === 502 || outcome.status === 504 ? shortestWhenOverloaded : 0)
}

/**
 * The seconds to wait before the next try, or undefined where there is none: the verdict is not `retry`, or the schedule is at its end.
 *
 * Pure. `attempt` is the number of the try that just ended, from 1; `random` gives numbers from 0 to below 1. The schedule's wait is
 * varied by 20 % in either direction. `retry-after`, up to 10 hours, makes it longer and never shorter, and so does the minute that a
 * 502, a 504 and a timeout are given; neither is varied. Throws a `ConfigurationError` for a schedule or a number of a try that is none.
 */
export function nextDelay(attempt: number, outcome: Outcome, schedule: Schedule, random: () => number): number | undefined {
  expectNumber('attempt', attempt, 1)
  const seconds = waitsOf(schedule)[attempt - 1]
  if (seconds === undefined || classify(outcome) !== 'retry') return undefined
  return Math.max(seconds * (1 + (random() - 0.5) * 2 * jitter), leastSeconds(outcome))
}
