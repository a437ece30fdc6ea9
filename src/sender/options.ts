import { expectFunction, expectNames, expectNumber, expectOption } from '../core/options'
import { quiet } from '../core/quiet'
import type { Scheme } from '../schemes/scheme'
import { expectScheme } from '../signing/content'
import type { Attempt } from './attempt'
import type { Endpoint } from './event'
import { createGuard, type Guard, type GuardOptions } from './guard'
import { checkHeaders } from './headers'
import { type Schedule, waitsOf } from './schedule'

/** What a sender is made of, wherever it runs. Only `scheme` has no default. */
export interface CommonSenderOptions {
  /** How deliveries are signed: one of `countersign/schemes`, or of `defineScheme`. */
  readonly scheme: Scheme
  /** When `deliver` tries again: seconds to wait before each retry, or a name. Default `default`: 1, 5 and 30 minutes. */
  readonly schedule?: Schedule
  /** The deadline of one exchange, from the look-up of the name to the last byte of the answer. Default 15. */
  readonly timeoutSeconds?: number
  /** What may be called beyond the public internet on ports 80 and 443; `false` lets everything through. */
  readonly guard?: GuardOptions | false
  /** How many tries may be under way to one URL; more wait. Default 4. */
  readonly inFlightPerEndpoint?: number
  /** Headers for every delivery, such as `user-agent`. Default `content-type: application/json`. They never replace a signature's. */
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses from 400 to 499 after which an event is given up at once. Default none: receivers deploy fixes. */
  readonly permanentStatuses?: readonly number[]
  /** The largest body that is sent; a larger one is `invalid`, with the code `body_too_large`. Default 32 MiB. */
  readonly maxBodyBytes?: number
  /** Hears of every try as it ends; what it throws changes nothing. */
  readonly onAttempt?: (attempt: Attempt, endpoint: Endpoint) => void
  /** Hears of an endpoint that answered 410: send it nothing more. What it throws changes nothing. */
  readonly onDisable?: (endpoint: Endpoint, attempt: Attempt) => void
  /** Numbers from 0 to below 1 that vary the waits. Default `Math.random`. */
  readonly random?: () => number
  /** The clock of the signatures. Default: the current time. */
  readonly now?: () => Date
}

/** The options with their defaults, checked. */
export interface SenderSettings
  extends Required<Pick<CommonSenderOptions, 'scheme' | 'timeoutSeconds' | 'inFlightPerEndpoint' | 'maxBodyBytes'>> {
  readonly waits: readonly number[]
  readonly guard: Guard
  readonly headers: Readonly<Record<string, string>>
  readonly permanentStatuses: readonly number[]
  readonly onAttempt: NonNullable<CommonSenderOptions['onAttempt']>
  readonly onDisable: NonNullable<CommonSenderOptions['onDisable']>
  readonly random: () => number
  readonly now: () => Date
}

const names =
  'scheme schedule timeoutSeconds guard inFlightPerEndpoint headers permanentStatuses maxBodyBytes onAttempt onDisable random now'

/** Checks everything once, where it is given. */
export function checkOptions(options: CommonSenderOptions): SenderSettings {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  expectNames(options, names.split(' '))
  const { scheme, schedule = 'default', timeoutSeconds = 15, guard = {}, inFlightPerEndpoint = 4 } = options
  const { permanentStatuses = [], maxBodyBytes = 32 * 1024 * 1024 } = options
  expectScheme(scheme)
  expectNumber('timeoutSeconds', timeoutSeconds, 0.001, 3600)
  expectNumber('inFlightPerEndpoint', inFlightPerEndpoint, 1)
  expectOption(Array.isArray(permanentStatuses), 'permanentStatuses', 'an array of statuses', permanentStatuses)
  for (const status of permanentStatuses) expectNumber('permanentStatuses', status, 400, 499)
  expectNumber('maxBodyBytes', maxBodyBytes, 1)
  for (const name of ['onAttempt', 'onDisable', 'random', 'now'] as const) expectFunction(name, options[name])
  return {
    scheme,
    waits: waitsOf(schedule),
    timeoutSeconds,
    guard: createGuard(guard),
    inFlightPerEndpoint,
    maxBodyBytes,
    headers: { 'content-type': 'application/json', 'user-agent': 'countersign', ...checkHeaders(options.headers) },
    permanentStatuses: [...permanentStatuses],
    onAttempt: options.onAttempt ? quiet(options.onAttempt) : () => {},
    onDisable: quiet(options.onDisable),
    random: options.random ?? Math.random,
    now: options.now ?? (() => new Date()),
  }
}
