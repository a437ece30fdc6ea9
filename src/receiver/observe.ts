import type { VerificationErrorCode } from '../core/errors'
import type { IdempotencyStore } from '../idempotency/store'
import type { FailureCode, RejectionCode } from './answers'

/** What is known of the delivery that is observed. */
interface Delivery {
  /** The scheme's name. */
  readonly scheme: string
  /** From the arrival of the headers until now. */
  readonly durationMs: number
}

/** What is known once the signature holds. */
interface Event extends Delivery {
  readonly key: string
  readonly id?: string | undefined
  readonly type?: string | undefined
  readonly account?: string | undefined
}

/** What happened to a delivery; `outcome` tells the kinds apart. Holds no secret and no body. */
export type Observation =
  | (Delivery & { readonly outcome: 'verified'; readonly account?: string | undefined; readonly secretIndex: number })
  | (Delivery & {
      readonly outcome: 'rejected'
      readonly status: number
      readonly code: VerificationErrorCode | RejectionCode
      /** What is wrong and how to mend it. */
      readonly hint: string
    })
  /** With `explain: true`, some time after the rejection. */
  | (Delivery & {
      readonly outcome: 'explained'
      /** A `Cause` of countersign/explain; absent where none was found. */
      readonly cause?: string
      readonly explanation: string
      readonly mend: string
    })
  | (Delivery & { readonly outcome: 'handshake' })
  | (Partial<Event> & Delivery & { readonly outcome: 'ignored' })
  | (Event & { readonly outcome: 'duplicate' })
  | (Event & { readonly outcome: 'in-progress'; readonly retryAfterSeconds: number })
  | (Event & { readonly outcome: 'executed'; readonly attempt: number })
  | (Partial<Event> &
      Delivery & { readonly outcome: 'failed'; readonly code: FailureCode; readonly status: number; readonly error: unknown })
  | (Event & { readonly outcome: 'fenced' })
  | (Event & { readonly outcome: 'enqueued'; readonly put: 'accepted' | 'duplicate' | 'unknown' })
  | {
      readonly outcome: 'warning'
      readonly scheme: string
      readonly code: 'short_secret' | 'volatile_store'
      readonly hint: string
    }

/** Hears what happens; what it throws changes nothing. */
export type Observer = (observation: Observation) => void

/** What is said of a store that ends with the process; undefined where that is as it should be. */
export const volatileHint = (store: IdempotencyStore | undefined): string | undefined =>
  store?.traits?.durable === false &&
  (globalThis as { process?: { env?: Record<string, string> } }).process?.env?.NODE_ENV === 'production'
    ? 'The store forgets everything when this process ends.'
    : undefined
