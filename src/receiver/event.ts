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
export class EventDraft implements EventParts {
  readonly scheme: string
  readonly id: string | undefined
  readonly type: string | undefined
  readonly account: string | undefined
  readonly timestamp: Date | undefined
  readonly body: Uint8Array
  readonly headers: HeadersInput
  #parsed: { readonly value: unknown } | undefined

  /** Reads what the scheme knows of the event. Throws a `PayloadError` where the id is in a body that is not what its type says. */
  constructor(scheme: Scheme, { id, account, timestamp, body, headers }: EventParts) {
    this.scheme = scheme.name
    this.account = account
    this.timestamp = timestamp
    this.body = body
    this.headers = headers
    this.id = id ?? this.#read(scheme.id)
    this.type = this.#readType(scheme.type)
  }

  /** Throws a `PayloadError` where the body is not what its content type says. */
  payload(): unknown {
    this.#parsed ??= { value: parsePayload(this.body, headerOf(this.headers, 'content-type')) }
    return this.#parsed.value
  }

  #read(place: Scheme['type']): string | undefined {
    if (!place) return undefined
    return 'header' in place ? headerOf(this.headers, place.header) : readPointer(this.payload(), place.body)
  }

  /** Only who asks for a type, with `types`, needs a body that can be read. */
  #readType(place: Scheme['type']): string | undefined {
    try {
      return this.#read(place)
    } catch {
      return undefined
    }
  }
}

/** When the sender signed what an inbox has kept; its age no longer matters. */
export function signedAt(scheme: Scheme, headers: Headers, body: Uint8Array): Date | undefined {
  const { timing } = scheme
  if (!timing) return undefined
  const text = timing.fromHeaders(scheme, headerReader(headers)) ?? timing.fromBody(scheme, body)
  return timing.check(scheme, text, false, new Date())
}

/** What the properties of an event are made of that are made late. */
interface Sources {
  readonly draft: EventDraft
  readonly key: string | (() => string)
  readonly validated: { readonly value: unknown } | undefined
}

const nothing: Uint8Array = new Uint8Array()
const blank = () => ({
  id: undefined as string | undefined,
  type: undefined as string | undefined,
  account: undefined as string | undefined,
  scheme: '',
  timestamp: undefined as Date | undefined,
  body: nothing,
})
const payload = ({ draft, validated }: Sources) => (validated ? validated.value : draft.payload())
const headers = ({ draft }: Sources) => toHeaders(draft.headers)
const keyed = lazily(blank, { payload, headers })
const keyless = lazily(blank, { key: ({ key }: Sources) => (key as () => string)(), payload, headers })

/** The event as the handler sees it; `validated` is the schema's own value, where there is a schema. */
export function finishEvent<T>(
  draft: EventDraft,
  key: string | (() => string),
  validated?: { readonly value: T },
): WebhookEvent<T> {
  const sources = { draft, key, validated }
  const event: ReturnType<typeof blank> & { key?: string } = typeof key === 'string' ? keyed(sources) : keyless(sources)
  event.id = draft.id
  event.type = draft.type
  event.account = draft.account
  event.scheme = draft.scheme
  event.timestamp = draft.timestamp
  event.body = draft.body
  if (typeof key === 'string') event.key = key
  return event as object as WebhookEvent<T>
}
