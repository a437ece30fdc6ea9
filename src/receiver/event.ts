import { type HeadersInput, headerReader } from '../core/headers'
import { lazily } from '../core/lazy'
import { readPointer } from '../core/pointer'
import type { Scheme } from '../schemes/scheme'
import { parsePayload } from './payload'
import { headerOf, toHeaders } from './request'

/** A verified event, as a handler is given it. */
export interface WebhookEvent<T = unknown> {
  /** The event's id, where the provider names one. Only where the scheme signs it nobody can have changed it. */
  readonly id?: string | undefined
  /** The event's type, where the provider names one. */
  readonly type?: string | undefined
  /** The idempotency key: scheme / endpoint / account / id. */
  readonly key: string
  /** Whose secret it was signed with, where `secret` is a function. */
  readonly account?: string | undefined
  /** The scheme's name. */
  readonly scheme: string
  /** When the sender signed, where the scheme says so. */
  readonly timestamp?: Date | undefined
  /** Parsed when it is first read: JSON, or a form as a record; what the schema makes of it where there is one. */
  readonly payload: T
  /** The exact bytes that were verified. */
  readonly body: Uint8Array
  readonly headers: Headers
}

/** An event of one of several types, each with a payload of its own: a check of `type` narrows `payload`. */
export type TypedEvent<Payloads> = {
  readonly [Type in keyof Payloads & string]: WebhookEvent<Payloads[Type]> & { readonly type: Type }
}[keyof Payloads & string]

/** What an event is made of. */
export interface EventParts {
  readonly id: string | undefined
  readonly account: string | undefined
  readonly timestamp: Date | undefined
  readonly body: Uint8Array
  readonly headers: HeadersInput
}

/** An event whose key and validated payload are still to come. */
export interface EventDraft extends EventParts {
  readonly scheme: string
  readonly type: string | undefined
  /** Throws a `PayloadError` where the body is not what its content type says. */
  payload(): unknown
  /** The payload where it has been made already. */
  parsed(): { readonly value: unknown } | undefined
}

/** Reads what the scheme knows of the event. Throws a `PayloadError` where the id is in a body that is not what its type says. */
export function draftEvent(scheme: Scheme, { id, account, timestamp, body, headers }: EventParts): EventDraft {
  let parsed: { readonly value: unknown } | undefined
  const payload = () => (parsed ??= { value: parsePayload(body, headerOf(headers, 'content-type')) }).value
  const read = (place: Scheme['type']) => {
    if (!place) return undefined
    return 'header' in place ? headerOf(headers, place.header) : readPointer(payload(), place.body)
  }
  // Only who asks for a type, with `types`, needs a body that can be read.
  const readType = () => {
    let type: string | undefined
    try {
      type = read(scheme.type)
    } catch {}
    return type
  }
  const known = id ?? read(scheme.id)
  return { id: known, account, timestamp, body, headers, scheme: scheme.name, type: readType(), payload, parsed: () => parsed }
}

/** When the sender signed what an inbox has kept; its age no longer matters. */
export function signedAt(scheme: Scheme, headers: Headers, body: Uint8Array): Date | undefined {
  const { timing } = scheme
  if (!timing) return undefined
  const text = timing.fromHeaders(scheme, headerReader(headers)) ?? timing.fromBody(scheme, body)
  return timing.check(scheme, text as string, false, new Date())
}

interface Finished {
  readonly draft: EventDraft
  readonly key: string | (() => string)
}

const withContents = lazily<Finished, { key: string; payload: unknown; headers: Headers }>({
  // Text is there already.
  key: ({ key }) => (key as () => string)(),
  payload: ({ draft }) => draft.payload(),
  headers: ({ draft }) => toHeaders(draft.headers),
})

/** The event as the handler sees it; `validated` is the schema's own value, where there is a schema. */
export function finishEvent<T>(
  draft: EventDraft,
  key: string | (() => string),
  validated?: { readonly value: T },
): WebhookEvent<T> {
  const { id, type, account, scheme, timestamp, body } = draft
  const event: Record<string, unknown> = { id, type, account, scheme, timestamp, body }
  if (typeof key === 'string') event['key'] = key
  const known = validated ?? draft.parsed()
  if (known) event['payload'] = known.value
  return withContents(event, { draft, key }) as object as WebhookEvent<T>
}
