import { decode, encode } from '../core/encoding'
import { ConfigurationError } from '../core/errors'

/** A verified delivery as an inbox keeps it: plain JSON. */
export interface InboxMessage {
  readonly v: 1
  /** The idempotency key of the event: one message for each. */
  readonly key: string
  readonly scheme: string
  readonly account?: string
  readonly type?: string
  /** RFC 3339. */
  readonly receivedAt: string
  readonly headers: [string, string][]
  /** Base64 of the exact bytes. */
  readonly body: string
}

/** Keeps verified deliveries durably until a worker has handled them. */
export interface Inbox {
  /**
   * Keeps a message under its key, in one atomic write; resolves only when it is durable.
   *
   * `duplicate` when one of that key waits or is done; `unknown` where the engine cannot tell. One whose earlier job failed for
   * good is accepted again.
   */
  put(message: InboxMessage, options: { readonly signal: AbortSignal }): Promise<'accepted' | 'duplicate' | 'unknown'>
}

/** The text of a body in a message. */
export const packBody = (body: Uint8Array): string => encode(body, 'base64')

/** The body of a message. Throws a `ConfigurationError` for what is no message of this scheme. */
export function unpackBody(message: InboxMessage, scheme: string): Uint8Array {
  const body = message?.v === 1 && typeof message.body === 'string' ? decode(message.body, 'base64') : undefined
  if (!body || !Array.isArray(message.headers) || typeof message.key !== 'string') {
    throw new ConfigurationError('invalid_option', 'Expected `message` to be an InboxMessage as the inbox was given it')
  }
  if (message.scheme !== scheme) {
    throw new ConfigurationError(
      'invalid_option',
      `Expected a message of the scheme ${scheme}, got one of ${String(message.scheme)}`,
    )
  }
  return body
}
