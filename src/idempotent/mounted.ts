import type {
  IdempotentContext,
  IdempotentHandler,
  PlainIdempotentOptions,
  TransactionalIdempotentContext,
  TransactionalIdempotentOptions,
} from './options'

/**
 * Makes a handler of one's own API that keeps to the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): a repeated
 * request is given the first answer, and nothing is done again.
 *
 * `Platform` is the framework's own request, as annotated: `scope: (request, { user }: express.Request) => user.id`.
 * Throws a `ConfigurationError` for a mistake in the options.
 */
export interface Idempotent<Base, Rest extends readonly unknown[], Result> {
  <Tx, Platform extends Base = Base>(
    options: TransactionalIdempotentOptions<Tx, Platform>,
    handler: IdempotentHandler<TransactionalIdempotentContext<Tx, Platform>>,
  ): (request: Platform, ...rest: Rest) => Result
  <Tx = never, Platform extends Base = Base>(
    options: PlainIdempotentOptions<Tx, Platform>,
    handler: IdempotentHandler<IdempotentContext<Tx, Platform>>,
  ): (request: Platform, ...rest: Rest) => Result
}

/** The same for fetch, where `Platform` is what comes beside the request: `scope: (request, { env }: Context) => …`. */
export interface IdempotentFetch {
  <Tx, Platform = unknown>(
    options: TransactionalIdempotentOptions<Tx, Platform>,
    handler: IdempotentHandler<TransactionalIdempotentContext<Tx, Platform>>,
  ): (request: Request, platform?: Platform, execution?: unknown) => Promise<Response>
  <Tx = never, Platform = unknown>(
    options: PlainIdempotentOptions<Tx, Platform>,
    handler: IdempotentHandler<IdempotentContext<Tx, Platform>>,
  ): (request: Request, platform?: Platform, execution?: unknown) => Promise<Response>
}
