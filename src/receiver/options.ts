import type { BackOff } from '../idempotency/options'
import type { IdempotencyStore, TransactionalStore } from '../idempotency/store'
import type { Scheme } from '../schemes/scheme'
import type { Secrets } from '../signing/keys'
import type { TypedEvent, WebhookEvent } from './event'
import type { Inbox } from './inbox'
import type { Observer } from './observe'
import type { StandardSchemaV1 } from './payload'
import type { Account, UnverifiedRequest } from './request'

/** What every receiver may be given. */
interface CommonOptions {
  /** How the provider signs: one of `countersign/schemes`, or of `defineScheme`. */
  readonly scheme: Scheme
  /** The secret, several while rotating, or a function that finds the account that a request claims to be for. */
  readonly secret: Secrets | ((request: UnverifiedRequest) => Account | undefined | Promise<Account | undefined>)
  /** Acknowledge first: a verified delivery is put here and answered at once; `receiver.work` handles it later. */
  readonly inbox?: Inbox
  /** Tells two routes of one scheme and one store apart. */
  readonly endpoint?: string
  /** For schemes that sign the URL, behind proxies: the origin or the URL as the sender calls it. */
  readonly publicUrl?: string | ((request: UnverifiedRequest) => string)
  /** The token that the provider shows in a GET handshake. */
  readonly verifyToken?: string
  /** How far the timestamp may be from now; `false` to accept any. Default: the scheme's. */
  readonly toleranceSeconds?: number | false
  /** How long a claim holds without a sign of life. Default 30. */
  readonly leaseSeconds?: number
  /** How long a handler may run before its signal aborts. Default 300. */
  readonly handlerSeconds?: number
  /** How long a completed event is remembered. Default: 7 days, twice the retry window or twice the tolerance, whichever is most. */
  readonly retentionSeconds?: number
  /** How long the answer is kept, where that is less; a duplicate that comes later is answered an empty 200. Default as the event. */
  readonly resultSeconds?: number
  /** How long an event is left alone after its handler failed in that try, from 1; meanwhile it is in progress. Default 0. */
  readonly backOffSeconds?: BackOff
  /** The longest body that is read. Default 1 MiB, or the scheme's. */
  readonly maxBodyBytes?: number
  /** How long a body may take to arrive. Default 15. */
  readonly bodySeconds?: number
  /** The clock of the tolerance. */
  readonly now?: () => Date
  /** Has refused requests explained to `observe`, as `explain` of countersign/explain does. For development: it takes time. */
  readonly explain?: boolean
  /** Hears every outcome and its reason. */
  readonly observe?: Observer
}

/** What a receiver of events of one payload may be given. */
interface PayloadOptions<T> extends CommonOptions {
  /** The types to handle; any other is answered 200 and not handled. */
  readonly types?: readonly string[]
  /** What the payload must be: any Standard Schema, such as zod's. */
  readonly schema?: StandardSchemaV1<unknown, T>
  readonly schemas?: undefined
  /**
   * The last part of the idempotency key, from what is signed. Default: the signed id, else a hash of the body.
   *
   * It is given the schema's payload; with an inbox the payload as it came, since the schema is asked when the event is worked on.
   */
  readonly key?: (event: WebhookEvent<T>) => string
}

/** What a receiver of events of several types may be given; `Payloads` has the payload of each by its type. */
interface TypedPayloadOptions<Payloads> extends CommonOptions {
  /** What the payload of each type must be; any other type is answered 200 and not handled. `event.type` narrows `event.payload`. */
  readonly schemas: { readonly [Type in keyof Payloads]: StandardSchemaV1<unknown, Payloads[Type]> }
  readonly schema?: undefined
  readonly types?: undefined
  /** As without `schemas`. */
  readonly key?: (event: TypedEvent<Payloads>) => string
}

/** Where the handler runs outside a transaction of the store. */
interface Plain<Tx> {
  /** Remembers which events are done; without it every verified delivery runs the handler. */
  readonly store?: IdempotencyStore<Tx>
  readonly transaction?: undefined
}

/** Where the handler runs inside a transaction of the store. */
interface Transactional<Tx> {
  /** A store with transactions; only these say what `Tx` is, since such a store may complete in more than its own. */
  readonly store: IdempotencyStore<never> & Pick<TransactionalStore<Tx>, 'transaction'>
  readonly transaction: true
}

/** Options whose handler runs outside a transaction of the store. */
export interface PlainOptions<T = unknown, Tx = unknown> extends PayloadOptions<T>, Plain<Tx> {}

/** Options whose handler runs inside a transaction of the store, so that its writes and the completion commit together. */
export interface TransactionalOptions<T = unknown, Tx = unknown> extends PayloadOptions<T>, Transactional<Tx> {}

/** Options with a schema for each type of event. */
export interface TypedOptions<Payloads, Tx = unknown> extends TypedPayloadOptions<Payloads>, Plain<Tx> {}

/** Options with a schema for each type of event, whose handler runs inside a transaction of the store. */
export interface TypedTransactionalOptions<Payloads, Tx = unknown> extends TypedPayloadOptions<Payloads>, Transactional<Tx> {}

/** What `webhook` is given; `T` is the payload's type, `Tx` that of the store's transaction. */
export type WebhookOptions<T = unknown, Tx = unknown> = TransactionalOptions<T, Tx> | PlainOptions<T, Tx>

/** What a receiver is really given: with one schema, or with one for each type. */
export type ReceiverOptions<T = unknown, Tx = unknown> =
  | WebhookOptions<T, Tx>
  | TypedOptions<Readonly<Record<string, T>>, Tx>
  | TypedTransactionalOptions<Readonly<Record<string, T>>, Tx>
