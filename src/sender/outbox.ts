import { expectOption } from '../core/options'
import { type OutgoingEvent, type PreparedEvent, prepareEvent } from './event'

/** An event with what its endpoints are chosen by. */
export interface OutboxEvent extends OutgoingEvent {
  /** What happened, such as `invoice.paid`. */
  readonly type?: string | undefined
  /** Whose event it is. */
  readonly account?: string | undefined
}

/** An event as an outbox gives it back: its body is bytes, whatever it was put as. */
export interface KeptEvent extends PreparedEvent {
  readonly type?: string | undefined
  readonly account?: string | undefined
}

/**
 * Why a delivery was given up. `exhausted`: the schedule is at its end. `disabled`: the endpoint answered 410. `rejected`: the guard
 * refused the address, the URL is none, it cannot be signed, or the status is permanent. `gone`: the look-up knows no such endpoint.
 * `lost`: BullMQ gave it up, since too many processes died of it.
 */
export type DeadReason = 'exhausted' | 'disabled' | 'rejected' | 'gone' | 'lost'

/** The delivery of one event to one endpoint that was given up and is kept aside. */
export interface DeadDelivery {
  readonly event: KeptEvent
  /** The endpoint's name; empty where the event was `lost` before its endpoints were known. */
  readonly endpoint: string
  /** How often it was tried. */
  readonly attempts: number
  readonly reason: DeadReason
  /** What its last try came to, such as `503` or `ECONNREFUSED`. */
  readonly error: string
}

/** What there is to do: find the endpoints of an event, or deliver it to one of them. */
export interface OutboxTask {
  readonly event: KeptEvent
  /** The endpoint's name; none where its endpoints are not known yet. */
  readonly endpoint?: string | undefined
  /** How often it was tried before. */
  readonly attempts: number
}

/** What came of a task. `again` counts as a try, `later` does not. */
export type Settlement =
  | { readonly kind: 'fan-out'; readonly endpoints: readonly string[] }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly seconds: number; readonly error: string }
  | { readonly kind: 'later'; readonly seconds: number }
  | ({ readonly kind: 'dead' } & Pick<DeadDelivery, 'attempts' | 'reason' | 'error'>)

/** How an outbox is worked on; what an engine decides for itself it ignores. */
export interface OutboxPace {
  readonly concurrency: number
  readonly inFlightPerEndpoint: number
  readonly leaseSeconds: number
  readonly pollSeconds: number
  /** Hears what the queue threw; it is asked again, and what could not be kept is another's once its lease ends. Never throws. */
  readonly onError: (error: unknown) => void
  /** Ends the work: nothing more is begun, and what is under way is settled. */
  readonly signal: AbortSignal
}

/** Keeps events durably until every endpoint has them, or they are given up. `Transaction` is what a put may be part of. */
export interface Outbox<Transaction = never> {
  /**
   * Keeps an event, in one atomic write; resolves when it is durable, or with the transaction that it is part of.
   *
   * `duplicate` when there is one of that id, which stays as it was; `unknown` where the engine cannot tell. Throws a
   * `ConfigurationError` for an event that is none.
   */
  put(
    event: OutboxEvent,
    options?: { readonly transaction?: Transaction | undefined },
  ): Promise<'accepted' | 'duplicate' | 'unknown'>
  /** Gives task after task to `settle`, which never rejects, until the signal aborts; resolves when all are settled. */
  work(settle: (task: OutboxTask) => Promise<Settlement>, pace: OutboxPace): Promise<void>
  /** The deliveries that were given up, the oldest first. */
  dead(options?: { readonly limit?: number }): Promise<readonly DeadDelivery[]>
  /** Has an event delivered to an endpoint once more, from the beginning of the schedule; false where there is nothing to deliver. */
  redeliver(id: string, endpoint: string): Promise<boolean>
}

/** Every engine keeps such a text in its keys, and gives it back as it was. */
const isName = (text: unknown): text is string =>
  typeof text === 'string' && text !== '' && text.length <= 255 && !/[\0\ud800-\udfff]/u.test(text)

/** Refuses what cannot name an event or an endpoint. */
export function expectName(option: string, text: unknown): asserts text is string {
  expectOption(isName(text), option, 'text of 1 to 255 characters without NUL', text)
}

/** Checks an event before it is kept, and copies its bytes. */
export function keepEvent(event: OutboxEvent): KeptEvent {
  const { id, body, headers } = prepareEvent(event)
  expectName('id', id)
  const { type, account } = event
  if (type !== undefined) expectName('type', type)
  if (account !== undefined) expectName('account', account)
  return { id, body, headers, ...(type !== undefined && { type }), ...(account !== undefined && { account }) }
}
