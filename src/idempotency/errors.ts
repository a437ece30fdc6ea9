import { CodedError } from '../core/errors'

/** Why a key was not handled. */
export const idempotencyHints = {
  in_progress: 'another run holds the key; come back when its lease has ended or it is done',
  mismatch: 'the key was used before with another fingerprint',
  fenced: 'the lease was lost: another run holds the key or has completed it, and what this one did may be done again',
  store_unavailable: 'the store failed, took too long or gave no sensible answer',
} as const

/** The cause of an {@link IdempotencyError}. */
export type IdempotencyErrorCode = keyof typeof idempotencyHints

/** What an {@link IdempotencyError} knows beside its code. */
export interface IdempotencyErrorDetails {
  /** What happened in particular. */
  readonly detail?: string
  /** With `in_progress`: whole seconds, at least 1, after which it is worth trying again. */
  readonly retryAfterSeconds?: number
  /** What the store threw. */
  readonly cause?: unknown
}

/**
 * Thrown by `run` when it cannot tell that the work is done, and by stores that cannot answer.
 *
 * Branch on `code`; `in_progress` has `retryAfterSeconds`, and the `cause` of `store_unavailable` is what the store threw.
 */
export class IdempotencyError extends CodedError<IdempotencyErrorCode> {
  static override readonly label = 'IdempotencyError'
  /** With `in_progress`: whole seconds, at least 1, after which it is worth trying again. */
  declare readonly retryAfterSeconds: number | undefined

  constructor(code: IdempotencyErrorCode, { detail, retryAfterSeconds, ...options }: IdempotencyErrorDetails = {}) {
    super(code, `${detail === undefined ? '' : `${detail}: `}${idempotencyHints[code]}`, options)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
