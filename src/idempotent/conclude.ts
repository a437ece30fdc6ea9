import { VerificationError } from '../core/errors'
import { IdempotencyError } from '../idempotency/errors'
import { type Answer, answers, type RejectionCode } from '../receiver/answers'
import { HandlerFailed } from '../receiver/handle'
import { Rejection } from '../receiver/request'
import type { IdempotentFailureCode, IdempotentObservation } from './observe'
import { type ProblemCode, problem, Refusal } from './problems'

/** A handler's answer of 5xx: it is given to the caller, and the key is released. */
export class Declined {
  constructor(readonly answer: Answer) {}
}

/** Our own fault: nobody knows whose key it is. `error` is there where `scope` threw, which may be over soon. */
export class ScopeFailed {
  constructor(
    readonly error: unknown,
    readonly answer: Answer,
  ) {}
}

/** What is known of a request when it ends; the fields fill as it goes. */
export interface Facts {
  readonly method: string
  readonly durationMs: number
  readonly key?: string | undefined
  /** Whether the handler has begun. */
  readonly ran: boolean
  readonly documentation: string
}

/** How a request ended that was not done: what the caller is answered and what the observer hears. */
export interface Conclusion {
  readonly answer: Answer
  readonly observation: IdempotentObservation
}

/** Tells what an error of the way means; total, so that whatever happens has an answer (section 2.7 of the draft). */
export function conclude(error: unknown, { method, durationMs, key, ran, documentation }: Facts): Conclusion {
  const seen = { method, durationMs }
  const keyed = { ...seen, key: key ?? '' }
  const told = (code: ProblemCode, headers?: Record<string, string>) => problem(code, documentation, headers)
  const failed = (code: IdempotentFailureCode, answer: Answer, cause: unknown): Conclusion => ({
    answer,
    observation: { outcome: 'failed', ...seen, key, status: answer.status, code, error: cause },
  })
  const rejected = ({ code, hint }: { code: ProblemCode | RejectionCode; hint: string }, answer: Answer): Conclusion => ({
    answer,
    observation: { outcome: 'rejected', ...seen, status: answer.status, code, hint },
  })

  if (error instanceof Refusal) return rejected(error, told(error.code))
  if (error instanceof Rejection) {
    if (error.code === 'body_too_large' || error.code === 'content_encoding') return rejected(error, told(error.code))
    return rejected(error, error.code === 'body_consumed' ? answers.failed : told('malformed_request'))
  }
  // A header that came twice.
  if (error instanceof VerificationError)
    return rejected({ code: 'malformed_request', hint: error.hint }, told('malformed_request'))
  if (error instanceof ScopeFailed) return failed('scope_failed', error.answer, error.error)
  if (error instanceof HandlerFailed) return failed('handler_failed', answers.failed, error.error)
  if (error instanceof Declined)
    return failed('handler_failed', error.answer, new Error(`The handler answered ${error.answer.status}.`))
  if (!(error instanceof IdempotencyError)) return failed('unexpected', answers.failed, error)

  switch (error.code) {
    case 'in_progress': {
      const retryAfterSeconds = error.retryAfterSeconds as number
      const answer = told('in_progress', { 'retry-after': String(retryAfterSeconds) })
      return { answer, observation: { outcome: 'in-progress', ...keyed, status: answer.status, retryAfterSeconds } }
    }
    case 'mismatch': {
      const answer = told('mismatch')
      return { answer, observation: { outcome: 'mismatch', ...keyed, status: answer.status } }
    }
    case 'fenced':
      return { answer: answers.failed, observation: { outcome: 'fenced', ...keyed, status: answers.failed.status } }
    case 'store_unavailable':
      // Once the handler has run, whether it is done is not known, and another try within the lease finds it in progress.
      return failed('store_unavailable', ran ? answers.failed : answers.unavailable, error)
  }
}
