import { VerificationError } from '../core/errors'
import { IdempotencyError } from '../idempotency/errors'
import type { Scheme } from '../schemes/scheme'
import { SecretUnavailable } from './accounts'
import { type Answer, answers, comeBack, type FailureCode, failures, rejections } from './answers'
import { InboxUnavailable } from './enqueue'
import { Declined, HandlerFailed } from './handle'
import type { Ending, KeyedEnding } from './observe'
import { PayloadError } from './payload'
import { Rejection } from './request'
import { Unfinished } from './run'

/** How a delivery ended that was not done: what the caller is answered and what the observer hears. */
export interface Conclusion {
  readonly answer: Answer
  readonly ending: Ending | KeyedEnding
}

function failureCode(error: unknown): FailureCode {
  if (error instanceof PayloadError) return 'payload_invalid'
  if (error instanceof SecretUnavailable) return 'secret_unavailable'
  if (error instanceof InboxUnavailable) return 'inbox_unavailable'
  if (error instanceof IdempotencyError) return 'store_unavailable'
  return 'handler_failed'
}

/** Tells what an error of the way means; total, so that whatever happens has an answer. */
export function conclude(error: unknown, scheme: Scheme): Conclusion {
  try {
    return tell(error, scheme)
  } catch {
    // A proxy, that throws when it is looked at.
    return { answer: answers.failed, ending: { outcome: 'failed', code: 'handler_failed', error } }
  }
}

function tell(error: unknown, scheme: Scheme): Conclusion {
  if (error instanceof VerificationError) {
    const { code } = error
    const isOtherUrl = code === 'signature_mismatch' && scheme.content.includes('url')
    const hint = isOtherUrl ? `${error.hint} Or another URL, which is signed too: behind a proxy, set \`publicUrl\`.` : error.hint
    // Our own trouble, as far as anybody can tell: the sender may come back.
    const answer = code === 'key_unavailable' ? answers.unavailable : answers.unauthorized
    return { answer, ending: { outcome: 'rejected', code, hint } }
  }
  if (error instanceof Rejection) {
    const { code, hint, headers } = error
    return { answer: { status: rejections[code].status, headers }, ending: { outcome: 'rejected', code, hint } }
  }
  if (error instanceof IdempotencyError && error.code === 'in_progress') {
    const retryAfterSeconds = error.retryAfterSeconds as number
    return { answer: comeBack(retryAfterSeconds), ending: { outcome: 'in-progress', retryAfterSeconds } }
  }
  if (error instanceof IdempotencyError && error.code === 'fenced') {
    return { answer: answers.failed, ending: { outcome: 'fenced' } }
  }
  if (error instanceof Unfinished) {
    return { answer: answers.failed, ending: { outcome: 'failed', code: 'store_unavailable', error: error.error } }
  }
  const code = failureCode(error)
  const answer = error instanceof Declined ? error.answer : failures[code]
  return { answer, ending: { outcome: 'failed', code, error: error instanceof HandlerFailed ? error.error : error } }
}
