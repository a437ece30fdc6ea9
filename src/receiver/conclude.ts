import { VerificationError } from '../core/errors'
import { IdempotencyError } from '../idempotency/errors'
import { SecretUnavailable } from './accounts'
import { type Answer, answers, comeBack, type FailureCode, failures, rejections } from './answers'
import { InboxUnavailable } from './enqueue'
import { Declined, HandlerFailed } from './handle'
import type { Observation } from './observe'
import { PayloadError } from './payload'
import { Rejection } from './request'

/** What is known of a delivery when it ends; the fields fill as it goes. */
export type Facts = Pick<Extract<Observation, { outcome: 'executed' }>, 'scheme' | 'durationMs'> & {
  readonly key?: string | undefined
  readonly id?: string | undefined
  readonly type?: string | undefined
  readonly account?: string | undefined
}

/** How a delivery ended that was not done: what the caller is answered and what the observer hears. */
export interface Conclusion {
  readonly answer: Answer
  readonly observation: Observation
}

function failureCode(error: unknown): FailureCode {
  if (error instanceof PayloadError) return 'payload_invalid'
  if (error instanceof SecretUnavailable) return 'secret_unavailable'
  if (error instanceof InboxUnavailable) return 'inbox_unavailable'
  if (error instanceof IdempotencyError) return 'store_unavailable'
  return 'handler_failed'
}

/** Tells what an error of the way means; total, so that whatever happens has an answer. */
export function conclude(error: unknown, facts: Facts): Conclusion {
  const { scheme, durationMs } = facts
  if (error instanceof VerificationError) {
    const { code, hint } = error
    // Our own trouble, as far as anybody can tell: the sender may come back.
    const answer = code === 'key_unavailable' ? answers.unavailable : answers.unauthorized
    return { answer, observation: { outcome: 'rejected', scheme, durationMs, status: answer.status, code, hint } }
  }
  if (error instanceof Rejection) {
    const { code, hint, headers } = error
    const { status } = rejections[code]
    return { answer: { status, headers }, observation: { outcome: 'rejected', scheme, durationMs, status, code, hint } }
  }
  const event = { ...facts, key: facts.key ?? '' }
  if (error instanceof IdempotencyError && error.code === 'in_progress') {
    const retryAfterSeconds = error.retryAfterSeconds as number
    return { answer: comeBack(retryAfterSeconds), observation: { outcome: 'in-progress', ...event, retryAfterSeconds } }
  }
  if (error instanceof IdempotencyError && error.code === 'fenced') {
    return { answer: failures.fenced, observation: { outcome: 'fenced', ...event } }
  }
  const code = failureCode(error)
  const answer = error instanceof Declined ? error.answer : failures[code]
  const cause = error instanceof HandlerFailed ? error.error : error
  return { answer, observation: { outcome: 'failed', ...facts, code, status: answer.status, error: cause } }
}
