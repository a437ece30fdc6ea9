import { ConfigurationError } from '../core/errors'
import { expectFunction, expectNumber, expectOption, expectTolerance } from '../core/options'
import type { BackOff } from '../idempotency/options'
import type { IdempotencyStore, TransactionalStore } from '../idempotency/store'
import type { Scheme } from '../schemes/scheme'
import { expectScheme } from '../signing/content'
import type { Secrets } from '../signing/keys'
import type { WebhookEvent } from './event'
import type { Inbox } from './inbox'
import { signsAnId } from './key'
import type { Observer } from './observe'
import type { StandardSchemaV1 } from './payload'
import type { Account, UnverifiedRequest } from './request'

/** What every receiver may be given. */
interface CommonOptions<T> {
  /** How the provider signs: one of `countersign/schemes`, or of `defineScheme`. */
  readonly scheme: Scheme
  /** The secret, several while rotating, or a function that finds the account that a request claims to be for. */
  readonly secret: Secrets | ((request: UnverifiedRequest) => Account | undefined | Promise<Account | undefined>)
  /** Acknowledge first: a verified delivery is put here and answered at once; `receiver.work` handles it later. */
  readonly inbox?: Inbox
  /** The types to handle; any other is answered 200 and not handled. */
  readonly types?: readonly string[]
  /** What the payload must be: any Standard Schema, such as zod's. */
  readonly schema?: StandardSchemaV1<unknown, T>
  /**
   * The last part of the idempotency key, from what is signed. Default: the signed id, else a hash of the body.
   *
   * It is given the schema's payload; with an inbox the payload as it came, since the schema is asked when the event is worked on.
   */
  readonly key?: (event: WebhookEvent<T>) => string
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

/** Options whose handler runs outside a transaction of the store. */
export interface PlainOptions<T = unknown, Tx = unknown> extends CommonOptions<T> {
  /** Remembers which events are done; without it every verified delivery runs the handler. */
  readonly store?: IdempotencyStore<Tx>
  readonly transaction?: undefined
}

/** Options whose handler runs inside a transaction of the store, so that its writes and the completion commit together. */
export interface TransactionalOptions<T = unknown, Tx = unknown> extends CommonOptions<T> {
  /** A store with transactions; only these say what `Tx` is, since such a store may complete in more than its own. */
  readonly store: IdempotencyStore<never> & Pick<TransactionalStore<Tx>, 'transaction'>
  readonly transaction: true
}

/** What `webhook` is given; `T` is the payload's type, `Tx` that of the store's transaction. */
export type WebhookOptions<T = unknown, Tx = unknown> = PlainOptions<T, Tx> | TransactionalOptions<T, Tx>

const day = 86_400

/** The options with their defaults, checked. */
export interface ReceiverSettings {
  readonly toleranceSeconds: number | false
  readonly leaseSeconds: number
  readonly handlerSeconds: number
  readonly retentionSeconds: number
  readonly maxBodyBytes: number
}

const hasMethods = (value: unknown, names: readonly string[]) =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** Checks everything once, where it is given. */
export function checkOptions<T, Tx>(options: WebhookOptions<T, Tx>, handler: unknown): ReceiverSettings {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  const { scheme, store, inbox, types, schema, key, endpoint, publicUrl, verifyToken } = options
  expectScheme(scheme)
  expectOption(typeof handler === 'function', 'handler', 'a function', handler)
  if (store !== undefined) {
    expectOption(hasMethods(store, ['claim', 'complete', 'release', 'extend']), 'store', 'an idempotency store', store)
  }
  if (options.transaction !== undefined) {
    expectOption(options.transaction === true, 'transaction', 'true or left out', options.transaction)
    expectOption(hasMethods(store, ['transaction']), 'store', 'a store with transactions, since `transaction` is true', store)
  }
  if (inbox !== undefined) expectOption(hasMethods(inbox, ['put']), 'inbox', 'an inbox with `put`', inbox)
  if (types !== undefined) {
    expectOption(Array.isArray(types) && types.length > 0 && types.every(isText), 'types', 'an array of event types', types)
    expectOption(scheme.type !== undefined, 'types', `left out, since the scheme ${scheme.name} names no type`, types)
  }
  if (schema !== undefined) {
    const isSchema = typeof schema['~standard']?.validate === 'function'
    expectOption(isSchema, 'schema', 'a Standard Schema, such as one of zod, valibot or arktype', schema)
  }
  for (const name of ['key', 'now', 'observe'] as const) expectFunction(name, options[name])
  const { explain } = options
  expectOption(explain === undefined || typeof explain === 'boolean', 'explain', 'true or false', explain)
  for (const name of ['endpoint', 'verifyToken'] as const) {
    const text = options[name]
    if (text !== undefined)
      expectOption(
        isText(text) && text.length <= 100,
        name,
        'text of 1 to 100 characters',
        name === 'endpoint' ? endpoint : verifyToken?.length,
      )
  }
  if (publicUrl !== undefined && typeof publicUrl !== 'function') {
    expectOption(typeof publicUrl === 'string' && URL.canParse(publicUrl), 'publicUrl', 'a URL or a function', publicUrl)
  }
  if ((store || inbox) && !key && !signsAnId(scheme) && !scheme.bodyIsKey) {
    throw new ConfigurationError(
      'invalid_option',
      `Expected \`key\` to be a function, got undefined: the scheme ${scheme.name} signs no id, and two equal bodies may be two events`,
    )
  }
  return numbers(options)
}

function numbers<T, Tx>({ scheme, store, inbox, ...options }: WebhookOptions<T, Tx>): ReceiverSettings {
  const { leaseSeconds = 30, handlerSeconds = 300, maxBodyBytes = scheme.maxBodyBytes ?? 1024 * 1024 } = options
  expectNumber('leaseSeconds', leaseSeconds, 0.01)
  expectNumber('handlerSeconds', handlerSeconds, 0.01)
  expectNumber('maxBodyBytes', maxBodyBytes, 1)
  // A timer holds no more, and strikes at once.
  if (options.bodySeconds !== undefined) expectNumber('bodySeconds', options.bodySeconds, 0.01, 3600)
  const { retry = 'none' } = scheme
  const retryWindow = retry === 'none' ? 0 : retry.windowSeconds
  let { toleranceSeconds } = options
  if (toleranceSeconds === undefined) {
    // Where the very bytes come again they grow old, and being handled once takes the place of being fresh.
    const growsOld = retry !== 'none' && !retry.resigned && (store || inbox)
    toleranceSeconds =
      growsOld && scheme.toleranceSeconds !== false ? Math.max(scheme.toleranceSeconds, retryWindow) : scheme.toleranceSeconds
  }
  expectTolerance(toleranceSeconds)
  const least = Math.max(7 * day, 2 * retryWindow, 2 * (toleranceSeconds || 0))
  const { retentionSeconds = least } = options
  // Forgotten sooner, an event that the sender repeats would run again.
  expectNumber('retentionSeconds', retentionSeconds, least)
  return { toleranceSeconds, leaseSeconds, handlerSeconds, retentionSeconds, maxBodyBytes }
}
