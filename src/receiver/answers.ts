/** What a receiver answers; an adapter turns it into its framework's response. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

/** Every answer that a receiver makes of itself, by what happened. The reason is for the observer, never for the caller. */
export const answers = {
  acknowledged: { status: 200, headers: {} },
  unauthorized: { status: 401, headers: {} },
  method_not_allowed: { status: 405, headers: {} },
  body_too_large: { status: 413, headers: {} },
  content_encoding: { status: 415, headers: {} },
  failed: { status: 500, headers: {} },
  unavailable: { status: 503, headers: { 'retry-after': '5' } },
} as const satisfies Record<string, Answer>

/** Refused before or at verification: the code that the observer hears, and the answer that the caller gets. */
export const rejections = {
  method_not_allowed: answers.method_not_allowed,
  content_encoding: answers.content_encoding,
  body_too_large: answers.body_too_large,
  body_consumed: answers.failed,
  body_incomplete: answers.unauthorized,
  unknown_account: answers.unauthorized,
  bad_handshake: answers.unauthorized,
} as const

/** Verified, and not done: the code that the observer hears, and the answer that the caller gets. */
export const failures = {
  payload_invalid: answers.failed,
  handler_failed: answers.failed,
  store_unavailable: answers.unavailable,
  inbox_unavailable: answers.unavailable,
  secret_unavailable: answers.unavailable,
} as const

/** Why a request was refused, other than a `VerificationErrorCode`. */
export type RejectionCode = keyof typeof rejections

/** Why a verified delivery was not done. */
export type FailureCode = keyof typeof failures

/** Later, in whole seconds and at least one. */
export const comeBack = (seconds: number): Answer => ({
  status: 503,
  headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) },
})
