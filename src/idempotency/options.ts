import { expectFunction, expectNames, expectNumber, expectOption } from '../core/options'
import type { Times } from './claim'
import type { IdempotencyStore } from './store'

/** What `createIdempotency` is given. */
export interface IdempotencyOptions<Store extends IdempotencyStore = IdempotencyStore> {
  /** Where the keys are kept. */
  readonly store: Store
  /** How long a claim holds without a sign of life. Default 30. */
  readonly leaseSeconds?: number | undefined
  /** How long work may run before its signal aborts and its lease is no longer extended. Default 300. */
  readonly handlerSeconds?: number | undefined
  /** How long a key is remembered; longer than its sender may repeat it. Default 7 days. */
  readonly retentionSeconds?: number | undefined
  /** How long a result is kept, where that is less than the key; a duplicate that comes later is replayed none. Default as the key. */
  readonly resultSeconds?: number | undefined
  /** How long a key is left alone after its work failed in that try, from 1; meanwhile it is `in_progress`. Default 0. */
  readonly backOffSeconds?: BackOff | undefined
}

/** A number of seconds, or what makes one of the number of the try. */
export type BackOff = number | ((attempt: number) => number)

/** Timers hold 31 bits of milliseconds. */
export const longestTimerSeconds = 2_147_483
/** A thousand years: what a database's timestamps hold. */
const longestSeconds = 31_557_600_000

const names = 'store leaseSeconds handlerSeconds retentionSeconds resultSeconds backOffSeconds'
const methods = ['claim', 'complete', 'release', 'extend'] as const

/** Whether a value has that method. */
export const hasMethod = (value: object, name: string): boolean => typeof (value as Record<string, unknown>)[name] === 'function'

/** Checks everything once, where it is given. */
export function checkOptions(options: IdempotencyOptions): Times {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  expectNames(options, names.split(' '))
  const {
    store,
    leaseSeconds = 30,
    handlerSeconds = 300,
    retentionSeconds = 7 * 86_400,
    resultSeconds,
    backOffSeconds = 0,
  } = options
  const isStore = typeof store === 'object' && store !== null && methods.every((name) => hasMethod(store, name))
  expectOption(isStore, 'store', `an idempotency store with ${methods.join(', ')}`, store)
  expectNumber('leaseSeconds', leaseSeconds, 0.01, longestTimerSeconds)
  expectNumber('handlerSeconds', handlerSeconds, 0.01, longestTimerSeconds)
  expectNumber('retentionSeconds', retentionSeconds, leaseSeconds, longestSeconds)
  if (resultSeconds !== undefined) expectNumber('resultSeconds', resultSeconds, 0, retentionSeconds)
  if (typeof backOffSeconds === 'number') expectNumber('backOffSeconds', backOffSeconds, 0, longestSeconds)
  else expectFunction('backOffSeconds', backOffSeconds)
  return {
    leaseMs: toMs(leaseSeconds),
    handlerMs: toMs(handlerSeconds),
    retentionMs: toMs(retentionSeconds),
    resultMs: resultSeconds === undefined ? undefined : toMs(resultSeconds),
    backOffMs: (attempt) => waitOf(backOffSeconds, attempt),
  }
}

const toMs = (seconds: number) => Math.ceil(seconds * 1000)

/** What is no wait is none: a failure is no time to fail again, and the error of the work is the one to be seen. */
function waitOf(backOff: BackOff, attempt: number): number {
  let seconds = 0
  try {
    seconds = typeof backOff === 'number' ? backOff : backOff(attempt)
  } catch {}
  return Number.isFinite(seconds) ? toMs(Math.min(Math.max(seconds, 0), longestSeconds)) : 0
}
