import type { RejectionCode } from '../receiver/answers'
import type { ProblemCode } from './problems'

/** What is known of the request that is observed. */
interface Seen {
  readonly method: string
  /** From the arrival of the headers until now. */
  readonly durationMs: number
}

/** What is known once the caller and the key are. */
interface Keyed extends Seen {
  /** Where the store keeps it: scope / method / path / key. */
  readonly key: string
}

/** Why a request with a good key was not done. */
export type IdempotentFailureCode = 'handler_failed' | 'scope_failed' | 'store_unavailable' | 'unexpected'

/** What happened to a request of an `idempotent` handler; `outcome` tells the kinds apart. Holds no body. */
export type IdempotentObservation =
  | (Keyed & {
      readonly outcome: 'executed'
      readonly status: number
      readonly attempt: number
      /** Whether the answer can be replayed; false where it has more than `maxResponseBytes`. */
      readonly kept: boolean
    })
  | (Keyed & { readonly outcome: 'replayed'; readonly status: number })
  /** The handler ran without a key, which was not required, or whose method needs none. */
  | (Seen & { readonly outcome: 'unkeyed'; readonly status: number })
  | (Keyed & { readonly outcome: 'in-progress'; readonly status: number; readonly retryAfterSeconds: number })
  | (Keyed & { readonly outcome: 'mismatch'; readonly status: number })
  | (Seen & {
      readonly outcome: 'rejected'
      readonly status: number
      readonly code: ProblemCode | RejectionCode
      /** What is wrong and how to mend it. */
      readonly hint: string
    })
  | (Seen & {
      readonly outcome: 'failed'
      readonly status: number
      readonly code: IdempotentFailureCode
      readonly key?: string | undefined
      readonly error: unknown
    })
  | (Keyed & { readonly outcome: 'fenced'; readonly status: number })
  | { readonly outcome: 'warning'; readonly code: 'volatile_store'; readonly hint: string }
