import { expectFunction } from '../core/options'
import { createFetchTransport } from './fetch-transport'
import { type CommonSenderOptions, checkOptions } from './options'
import { type Sender, senderBy } from './sender'

export type { Attempt } from './attempt'
export { classify } from './classify'
export type { Endpoint, OutgoingEvent } from './event'
export type { GuardOptions } from './guard'
export type { CommonSenderOptions } from './options'
export type { DeadDelivery, DeadReason, KeptEvent, Outbox, OutboxEvent, OutboxPace, OutboxTask, Settlement } from './outbox'
export type { Outcome, Verdict } from './outcome'
export { type OutboxRun, type RunOutboxOptions, runOutbox } from './run-outbox'
export { nextDelay, type Schedule } from './schedule'
export type { AttemptOptions, DeliverOptions, Delivery, Sender } from './sender'

/** What a sender without Node is made of. Only `scheme` has no default. */
export interface FetchSenderOptions extends CommonSenderOptions {
  /** What sends. Default: the runtime's own `fetch`. */
  readonly fetch?: typeof fetch
}

/**
 * Makes a sender for where there is no Node; keep one for all endpoints. Throws a `ConfigurationError` for a mistake in the options.
 *
 * The guard judges what the URL spells and not what a name resolves to, since `fetch` does not say.
 */
export function createSender(options: FetchSenderOptions): Sender {
  const settings = checkOptions(options)
  expectFunction('fetch', options.fetch)
  // Looked up when it is called, as a runtime may wrap it later.
  const fetch = options.fetch ?? ((...call: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...call))
  const { timeoutSeconds, now } = settings
  return senderBy(createFetchTransport({ fetch, timeoutSeconds, now }), settings)
}
