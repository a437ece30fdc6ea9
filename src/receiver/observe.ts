import type { VerificationErrorCode } from '../core/errors'
import type { IdempotencyStore } from '../idempotency/store'
import type { FailureCode, RejectionCode } from './answers'

/** What is known of the delivery that is observed. */
interface Delivery {
  /** The scheme's name. */
  readonly scheme: string
  /** The option `endpoint`, where it is given. */
  readonly endpoint?: string | undefined
  /** Whose secret it is to be signed with, where `secret` is a function; before the signature holds, whoever the caller says. */
  readonly account?: string | undefined
  /** From the arrival of the headers until now. */
  readonly durationMs: number
  /** The length of the body, once it is read. */
  readonly bodyBytes?: number | undefined
}

/** What is known of the event, once the signature holds. */
interface Named extends Delivery {
  readonly key?: string | undefined
  readonly id?: string | undefined
  readonly type?: string | undefined
}

/** What is known at the end. In `receiver.work` nobody is answered: it is what would have been. */
interface Answered extends Named {
  readonly status: number
  /** The length of the answer's body. */
  readonly answerBytes: number
}

/** What is known once a key is claimed, or put in an inbox. */
interface Keyed extends Answered {
  readonly key: string
}

/** How a delivery ended; each has exactly one. */
export type Ending =
  | {
      readonly outcome: 'rejected'
      readonly code: VerificationErrorCode | RejectionCode
      /** What is wrong and how to mend it. */
      readonly hint: string
    }
  | { readonly outcome: 'handshake' }
  | { readonly outcome: 'ignored' }
  | { readonly outcome: 'failed'; readonly code: FailureCode; readonly error: unknown }

/** How a delivery ended whose key is known. */
export type KeyedEnding =
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'in-progress'; readonly retryAfterSeconds: number }
  | { readonly outcome: 'executed'; readonly attempt: number }
  | { readonly outcome: 'fenced' }
  | { readonly outcome: 'enqueued'; readonly put: 'accepted' | 'duplicate' | 'unknown' }

/** What happened to a delivery; `outcome` tells the kinds apart. Holds no secret and no body. */
export type Observation =
  | (Named & { readonly outcome: 'verified'; readonly secretIndex: number })
  | (Answered & Ending)
  | (Keyed & KeyedEnding)
  /** With `explain: true`, some time after the rejection. */
  | {
      readonly outcome: 'explained'
      readonly scheme: string
      /** How long it took to find out. */
      readonly durationMs: number
      /** A `Cause` of countersign/explain; absent where none was found. */
      readonly cause?: string
      readonly explanation: string
      readonly mend: string
    }
  /** Once, and of no delivery. */
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
