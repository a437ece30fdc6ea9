import { expectFunction, expectOption } from '../core/options'
import { inBackground, type WaitUntil } from './background'
import { claimKey } from './claim'
import { type Codec, decode, isCodec, jsonCodec } from './codec'
import { checkOptions, hasMethod, type IdempotencyOptions } from './options'
import { assertKey, type IdempotencyStore, isKey, type TransactionalStore } from './store'
import { runInTransaction, type TransactionalHold, type TransactionalWorkContext } from './transaction'
import { runWork, type WorkContext } from './work'

export type { WaitUntil }

/** How a run ended well: the work was done now, or its result is that of an earlier run. */
export interface Outcome<R> {
  readonly status: 'executed' | 'replayed'
  readonly result: R
}

/** What a run may be given. */
export interface RunOptions<R> {
  /** What the key stands for, such as a hash of the request; under another one the key is a `mismatch`. At most 512 bytes. */
  readonly fingerprint?: string | undefined
  /** How the result is kept for duplicates. Default JSON. */
  readonly codec?: Codec<R> | undefined
  /** Keeps the platform awake for what goes on after the run, where it sleeps otherwise: `(promise) => context.waitUntil(promise)`. */
  readonly waitUntil?: WaitUntil | undefined
  readonly transaction?: undefined
}

/** What a run inside a transaction of the store may be given. */
export interface TransactionalRunOptions<R> extends Omit<RunOptions<R>, 'transaction'> {
  /** The work's writes and the completion of the key commit together, or not at all. */
  readonly transaction: true
}

/** Runs work at most once at a time for a key, and not again once it is done. */
export interface Idempotency<Tx = unknown> {
  /**
   * Runs the work unless it is done already; then its stored result is replayed.
   *
   * An error that the work throws comes out as it is, after the key was given back. Otherwise rejects with an `IdempotencyError`.
   * What the work does is done at least once: again when its process dies, or when its lease is lost.
   */
  run<R>(key: string, work: (context: WorkContext<Tx>) => R | PromiseLike<R>, options?: RunOptions<R>): Promise<Outcome<R>>
}

/** Runs work exactly once for a key, as far as it writes through the transaction that it is given. */
export interface TransactionalIdempotency<Tx, Own = Tx> {
  /**
   * Runs the work in a transaction of the store that completes the key too, unless it is done already; then its stored result is
   * replayed.
   *
   * An error that the work throws comes out as it is, after the transaction was rolled back and the key given back. Otherwise
   * rejects with an `IdempotencyError`. What the work writes through `transaction` takes effect exactly once.
   */
  run<R>(
    key: string,
    work: (context: TransactionalWorkContext<Tx>) => R | PromiseLike<R>,
    options: TransactionalRunOptions<R>,
  ): Promise<Outcome<R>>
  /** Runs the work outside a transaction: what it does is done at least once. */
  run<R>(key: string, work: (context: WorkContext<Own>) => R | PromiseLike<R>, options?: RunOptions<R>): Promise<Outcome<R>>
}

const sweepEveryMs = 60_000
const sweepLimit = 100

/** Makes a runner of idempotent work on a store. Throws a `ConfigurationError` for a mistake in the options. */
export function createIdempotency<Tx, Own = Tx>(
  options: IdempotencyOptions<TransactionalStore<Tx> & IdempotencyStore<Own>>,
): TransactionalIdempotency<Tx, Own>
export function createIdempotency<Tx>(options: IdempotencyOptions<IdempotencyStore<Tx>>): Idempotency<Tx>
export function createIdempotency(options: IdempotencyOptions): TransactionalIdempotency<unknown> {
  const times = checkOptions(options)
  const { store } = options
  let sweptAt = Number.NEGATIVE_INFINITY

  async function run<R>(
    key: string,
    work: (context: WorkContext & TransactionalWorkContext) => R | PromiseLike<R>,
    { fingerprint, codec = jsonCodec as Codec<R>, transaction, waitUntil }: RunOptions<R> | TransactionalRunOptions<R> = {},
  ): Promise<Outcome<R>> {
    assertKey(key)
    expectOption(typeof work === 'function', 'work', 'a function', work)
    expectOption(
      fingerprint === undefined || isKey(fingerprint),
      'fingerprint',
      'well-formed text of 1 to 512 UTF-8 bytes',
      fingerprint,
    )
    expectOption(isCodec(codec), 'codec', 'an object with encode and decode', codec)
    expectFunction('waitUntil', waitUntil)
    expectOption(transaction === undefined || transaction === true, 'transaction', 'true or left out', transaction)
    if (transaction)
      expectOption(hasMethod(store, 'transaction'), 'store', 'a store with transactions, since `transaction` is true', store)

    const claimed = await claimKey(store, key, fingerprint, times, waitUntil)
    if ('stored' in claimed) return { status: 'replayed', result: decode(codec, claimed.stored) }
    const result = transaction
      ? await runInTransaction(claimed as TransactionalHold, work as never, codec)
      : await runWork(claimed, work as never, codec)
    return { status: 'executed', result }
  }

  /** No timer: whoever uses the store keeps it tidy. */
  function sweep(waitUntil: WaitUntil | undefined) {
    if (!store.sweep || performance.now() - sweptAt < sweepEveryMs) return
    sweptAt = performance.now()
    inBackground(() => store.sweep?.(sweepLimit), waitUntil)
  }

  return {
    run(...given: Parameters<typeof run>) {
      const outcome = run(...given)
      const tidy = () => sweep(given[2]?.waitUntil)
      outcome.then(tidy, tidy)
      return outcome as never
    },
  }
}
