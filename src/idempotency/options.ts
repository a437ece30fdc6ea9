import { expectNumber, expectOption } from '../core/options'
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
}

/** Timers hold 31 bits of milliseconds. */
const longestTimerSeconds = 2_147_483
/** A thousand years: what a database's timestamps hold. */
const longestSeconds = 31_557_600_000

const methods = ['claim', 'complete', 'release', 'extend'] as const

/** Whether a value has that method. */
export const hasMethod = (value: object, name: string): boolean => typeof (value as Record<string, unknown>)[name] === 'function'

/** Checks everything once, where it is given. */
export function checkOptions(options: IdempotencyOptions): Times {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  const { store, leaseSeconds = 30, handlerSeconds = 300, retentionSeconds = 7 * 86_400 } = options
  const isStore = typeof store === 'object' && store !== null && methods.every((name) => hasMethod(store, name))
  expectOption(isStore, 'store', `an idempotency store with ${methods.join(', ')}`, store)
  expectNumber('leaseSeconds', leaseSeconds, 0.01, longestTimerSeconds)
  expectNumber('handlerSeconds', handlerSeconds, 0.01, longestTimerSeconds)
  expectNumber('retentionSeconds', retentionSeconds, leaseSeconds, longestSeconds)
  const [leaseMs, handlerMs, retentionMs] = [leaseSeconds, handlerSeconds, retentionSeconds].map((seconds) =>
    Math.ceil(seconds * 1000),
  )
  return { leaseMs, handlerMs, retentionMs } as Times
}
