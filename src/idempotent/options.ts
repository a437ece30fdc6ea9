import { expectFunction, expectNames, expectNumber, expectOption } from '../core/options'
import type { IdempotencyStore, TransactionalStore } from '../idempotency/store'
import type { Reply, ReplyOptions } from '../receiver/reply'
import type { IdempotentObservation } from './observe'

/** What every `idempotent` may be given; `Platform` is what the framework hands over beside the fetch `Request`. */
interface CommonOptions<Platform> {
  /**
   * Whose key it is, such as the account that the request was authenticated for: no caller is ever given another's answer.
   *
   * Text from something that the caller cannot choose. Where it throws, the caller gets 503 and the handler does not run.
   */
  readonly scope: (request: Request, platform: Platform) => string | PromiseLike<string>
  /** Whether a request without a key is refused; otherwise its handler runs each time. Default true. */
  readonly required?: boolean
  /** The methods whose keys are looked at; requests of others run the handler each time. Default POST and PATCH. */
  readonly methods?: readonly string[]
  /** How long a claim holds without a sign of life. Default 30. */
  readonly leaseSeconds?: number
  /** How long a handler may run before its signal aborts. Default 300. */
  readonly handlerSeconds?: number
  /** How long an answer is replayed; say it in your own documentation (section 2.3 of the draft). Default 24 hours. */
  readonly retentionSeconds?: number
  /** The longest body of a request. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** The longest body of an answer that is kept. Default 256 KiB, which every store holds. */
  readonly maxResponseBytes?: number
  /** Where your API says how it uses keys: what the `type` of every problem begins with. Default: the draft. */
  readonly documentation?: string
  /** Hears every outcome and its reason. */
  readonly observe?: (observation: IdempotentObservation) => void
}

/** Options whose handler runs outside a transaction of the store. */
export interface PlainIdempotentOptions<Tx = unknown, Platform = unknown> extends CommonOptions<Platform> {
  /** Keeps the keys and the answers. */
  readonly store: IdempotencyStore<Tx>
  readonly transaction?: undefined
}

/** Options whose handler runs inside a transaction of the store, so that its writes and the answer commit together. */
export interface TransactionalIdempotentOptions<Tx = unknown, Platform = unknown> extends CommonOptions<Platform> {
  /** A store with transactions; only these say what `Tx` is, since such a store may complete in more than its own. */
  readonly store: IdempotencyStore<never> & Pick<TransactionalStore<Tx>, 'transaction'>
  readonly transaction: true
}

/** What `idempotent` is given; `Tx` is the type of the store's transaction. */
export type IdempotentOptions<Tx = unknown, Platform = unknown> =
  | PlainIdempotentOptions<Tx, Platform>
  | TransactionalIdempotentOptions<Tx, Platform>

/** What a handler is given beside the request. */
export interface IdempotentContext<Tx = unknown, Platform = unknown> {
  /** Aborts when the key is lost to another request, or when the time of the handler is over. */
  readonly signal: AbortSignal
  /** Which try this is, from 1. */
  readonly attempt: number
  /** What the framework handed over: Express's, Fastify's or Node's own request; in fetch what came beside the request. */
  readonly platform: Platform
  /** Makes an answer; return it, or a `Response`. */
  reply(reply?: ReplyOptions): Reply
  /**
   * Completes the key inside a transaction of your own, so that it takes effect when that commits; call it last.
   *
   * A repeated request is then answered 409 and not the first answer, which was not there yet. Rejects when another request has the
   * key: roll back. Without a key it does nothing.
   */
  complete(tx: Tx): Promise<void>
}

/** What a handler is given beside the request with `transaction: true`. */
export interface TransactionalIdempotentContext<Tx = unknown, Platform = unknown>
  extends Omit<IdempotentContext<Tx, Platform>, 'complete'> {
  /** The transaction in which the answer is kept: what is written through it happens exactly once. */
  readonly transaction: Tx
}

/** Answers a request; throw, or answer 5xx, and the client's next try runs it again. */
export type IdempotentHandler<Context = IdempotentContext> = (
  request: Request,
  context: Context,
) => Reply | Response | PromiseLike<Reply | Response>

/** The options with their defaults, checked; those of the engine are its own. */
export interface IdempotentSettings {
  readonly required: boolean
  readonly methods: readonly string[]
  readonly handlerSeconds: number
  readonly retentionSeconds: number
  readonly maxBodyBytes: number
  readonly maxResponseBytes: number
  readonly documentation: string
}

const names =
  'store transaction scope required methods leaseSeconds handlerSeconds retentionSeconds maxBodyBytes maxResponseBytes documentation observe'

/** Checks everything once, where it is given; store, lease and times are checked by the engine. */
export function checkOptions<Tx, Platform>(options: IdempotentOptions<Tx, Platform>, handler: unknown): IdempotentSettings {
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  expectNames(options, names.split(' '))
  const {
    scope,
    required = true,
    methods = ['POST', 'PATCH'],
    handlerSeconds = 300,
    retentionSeconds = 86_400,
    maxBodyBytes = 1024 * 1024,
    maxResponseBytes = 256 * 1024,
    documentation = 'https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header',
    transaction,
  } = options
  expectOption(typeof handler === 'function', 'handler', 'a function', handler)
  expectOption(typeof scope === 'function', 'scope', 'a function that tells whose key it is', scope)
  expectOption(typeof required === 'boolean', 'required', 'true or false', required)
  const areMethods = Array.isArray(methods) && methods.every((method) => typeof method === 'string' && /^[A-Z-]+$/.test(method))
  expectOption(areMethods, 'methods', 'an array of methods in capitals', methods)
  expectOption(transaction === undefined || transaction === true, 'transaction', 'true or left out', transaction)
  expectNumber('maxBodyBytes', maxBodyBytes, 1)
  expectNumber('maxResponseBytes', maxResponseBytes)
  expectOption(typeof documentation === 'string' && URL.canParse(documentation), 'documentation', 'a URL', documentation)
  expectFunction('observe', options.observe)
  return { required, methods, handlerSeconds, retentionSeconds, maxBodyBytes, maxResponseBytes, documentation }
}
