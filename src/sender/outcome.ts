/**
 * What came of one try; `kind` tells them apart.
 *
 * `response`: the endpoint answered in full, whatever it said. `timeout`: it had not by the deadline. `network`: no name, no
 * connection, no trust, or an answer that is no HTTP. `blocked`: the guard refused the address. `invalid`: the URL is none, the body
 * is larger than `maxBodyBytes`, or the secret or id cannot sign. `aborted`: the caller ended it, and the event may have arrived or not.
 */
export type Outcome =
  | {
      readonly kind: 'response'
      readonly status: number
      /** What the endpoint asked for with `retry-after`, as seconds or as a date. */
      readonly retryAfterSeconds?: number | undefined
      /** The first 16 KiB of the answer as text; bytes that are no UTF-8 are replaced. */
      readonly body?: string | undefined
    }
  | { readonly kind: 'timeout' }
  | {
      readonly kind: 'network'
      /** The system's word for it, such as `ECONNREFUSED`, `ENOTFOUND` or `CERT_HAS_EXPIRED`. */
      readonly code: string
    }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'invalid'; readonly code?: 'invalid_url' | 'body_too_large' | 'unsignable' | undefined }
  | { readonly kind: 'aborted' }

/** What follows from an outcome: done, try again, stop sending to this endpoint, or give this event up. */
export type Verdict = 'delivered' | 'retry' | 'disable' | 'reject'
