import { utf8 } from '../core/bytes'
import { expectOption } from '../core/options'

/** What a store says of a key when somebody asks to handle it. */
export type Claim =
  | { readonly status: 'claimed' /** Which try this is, from 1. */; readonly attempt: number }
  | { readonly status: 'in_progress'; readonly retryAfterMs: number }
  | { readonly status: 'completed'; readonly result: Uint8Array | undefined }
  | { readonly status: 'mismatch' }

/** What comes with a claim. */
export interface ClaimOptions {
  /** Minted by the caller and never used for anything else; claiming again with it gives the same answer. */
  readonly token: string
  /** What the key stands for; another fingerprint under the same key is a `mismatch`. */
  readonly fingerprint?: string | undefined
  /** How long the claim holds unless it is extended. */
  readonly leaseMs: number
  /** How long the key is remembered from now; `complete` sets it anew. */
  readonly retentionMs: number
}

/** Keeps which keys are being handled and which are done. Its laws are in docs/stores.md and are tested by `storeContract`. */
export interface IdempotencyStore<Tx = unknown> {
  /** Claims a key, or tells what holds it. Atomic: of any number of callers at most one gets `claimed`. */
  claim(key: string, options: ClaimOptions): Promise<Claim>
  /**
   * Marks a key as done, with the result that later claims are given.
   *
   * True for the token that holds the key, also after its lease when nobody took over, and again for the token that completed it
   * (the first result stays); false when another token holds or completed it, or it was released or forgotten.
   * With `tx` it takes effect when that transaction commits. After `resultMs`, where that is less than the retention, later claims
   * are given no result any more: the key stays done, and a store may drop the bytes.
   */
  complete(
    key: string,
    token: string,
    result: Uint8Array | undefined,
    retentionMs: number,
    tx?: Tx,
    resultMs?: number,
  ): Promise<boolean>
  /** Gives a key back, at once or after `retryAfterMs`; the attempt count stays. True for the token that holds the key. */
  release(key: string, token: string, options?: { readonly retryAfterMs?: number }): Promise<boolean>
  /** Lets the lease end `leaseMs` from now. True for the token that holds the key, also after its lease when nobody took over. */
  extend(key: string, token: string, leaseMs: number): Promise<boolean>
  /** Removes at most `limit` keys whose retention is over; returns how many. */
  sweep?(limit: number): Promise<number>
  /** What the store can promise: survives a crash, seen by every process, whose clock decides. */
  readonly traits: { readonly durable: boolean; readonly shared: boolean; readonly clock: 'store' | 'caller' }
}

/** A store in the same database as the handler's own writes, so that both can commit together. */
export interface TransactionalStore<Tx> extends IdempotencyStore<NoInfer<Tx>> {
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it rejects, and gives its outcome. */
  transaction<R>(work: (tx: Tx) => Promise<R>): Promise<R>
}

/** What `store.check()` found: a setting that voids the promise of the store. */
export interface Finding {
  /** The setting, such as `unlogged_table` or `maxmemory_policy`. */
  readonly code: string
  /** What it voids and how to mend it. */
  readonly message: string
}

/** Whether a store can keep a text apart from every other: well-formed, of 1 to 512 UTF-8 bytes. */
export const isKey = (text: unknown): text is string =>
  typeof text === 'string' &&
  text.length > 0 &&
  text.length <= 512 &&
  text.isWellFormed() &&
  // A character takes up to three bytes.
  (text.length <= 512 / 3 || utf8(text).length <= 512)

/** Refuses a key that a store cannot keep apart from every other: it must be well-formed text of 1 to 512 UTF-8 bytes. */
export function assertKey(key: unknown): asserts key is string {
  expectOption(isKey(key), 'key', 'well-formed text of 1 to 512 UTF-8 bytes', key)
}
