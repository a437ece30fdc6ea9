import { utf8 } from '../core/bytes'
import type { Answer } from '../receiver/answers'

/** What is answered without the handler, by its cause: status, title and detail of an RFC 9457 problem. */
const problems = {
  missing_key: [
    400,
    'Idempotency-Key is missing',
    'This operation needs an Idempotency-Key header; a random UUID for each operation is one.',
  ],
  malformed_key: [
    400,
    'Idempotency-Key is malformed',
    'Send one Idempotency-Key header that holds a quoted string or a bare token of 1 to 255 characters.',
  ],
  malformed_request: [400, 'The request is malformed', 'Its method, URL, headers or body cannot be read.'],
  in_progress: [
    409,
    'A request is outstanding for this Idempotency-Key',
    'The first request with this key is being processed. Send the same request again after the time in retry-after.',
  ],
  not_kept: [
    409,
    'The answer for this Idempotency-Key was not kept',
    'The first request with this key was processed and its answer cannot be given again. Look up the result; do not send it again.',
  ],
  body_too_large: [413, 'The request is too large', 'The body has more bytes than this operation takes.'],
  content_encoding: [415, 'The request is compressed', 'Send the body without a content-encoding.'],
  mismatch: [
    422,
    'Idempotency-Key is already used',
    'The key was used before for this operation with another query or body. Use a new key for a new request.',
  ],
} as const satisfies Record<string, readonly [status: number, title: string, detail: string]>

/** The cause of an answer that `idempotent` makes of itself. */
export type ProblemCode = keyof typeof problems

/** The answer for a cause, as application/problem+json (RFC 9457); `type` is the documentation’s address with the cause after it. */
export function problem(code: ProblemCode, documentation: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const [status, title, detail] = problems[code]
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: utf8(JSON.stringify({ type: `${documentation}#${code}`, title, status, detail })),
  }
}

/** Refused before the handler could run. */
export class Refusal {
  constructor(
    readonly code: ProblemCode,
    /** What is wrong, for the observer. */
    readonly hint: string,
  ) {}
}
