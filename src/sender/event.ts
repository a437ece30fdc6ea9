import { type Body, toBytes } from '../core/bytes'
import { expectOption } from '../core/options'
import type { Secrets } from '../signing/keys'
import { checkHeaders } from './headers'

/** Where events go. */
export interface Endpoint {
  /** Whatever a tenant typed: a bad one is an outcome, not an error. */
  readonly url: string | URL
  /** What the two sides share, or the private key; several while rotating. Read anew on every try. */
  readonly secret: Secrets
}

/** What happened, as it is told to an endpoint. */
export interface OutgoingEvent {
  /** The same on every try, so that the receiver can tell a repetition. */
  readonly id: string
  /** The exact bytes to send; copied, so that they stay the same on every try. */
  readonly body: Body
  /** Headers of this event alone, such as its topic. They never replace a signature's. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An event that is checked and that nobody else can change. */
export interface PreparedEvent {
  readonly id: string
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** Refuses what only a mistake in the code can give. */
export function expectEndpoint(endpoint: Endpoint): void {
  expectOption(typeof endpoint === 'object' && endpoint !== null, 'endpoint', 'an object with `url` and `secret`', endpoint)
  const { url } = endpoint
  expectOption(typeof url === 'string' || url instanceof URL, 'url', 'text or a URL', url)
}

/** Checks an event and copies its bytes. */
export function prepareEvent(event: OutgoingEvent): PreparedEvent {
  expectOption(typeof event === 'object' && event !== null, 'event', 'an object with `id` and `body`', event)
  const { id, body } = event
  expectOption(typeof id === 'string' && id !== '', 'id', 'the event’s id as text', id)
  return { id, body: toBytes(body).slice(), headers: checkHeaders(event.headers) }
}
