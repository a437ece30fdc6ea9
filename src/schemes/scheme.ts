import type { TimestampUnit } from '../core/clock'
import type { Encoding } from '../core/encoding'
import type { HeaderLocation } from '../core/headers'
import type { Algorithm } from '../crypto/algorithm'
import type { HmacName } from '../crypto/hmac'
import type { SecretFormat } from '../crypto/secret'
import type { ProofFormat } from './proof'
import type { Timing } from './timing'

/** A piece of what a scheme signs: a value of the request, a fixed text such as a separator, or a value of the JSON body. */
export type ContentPart = 'id' | 'timestamp' | 'body' | 'url' | 'method' | { readonly text: string } | InBody

/** A value that stands in a header. */
export interface InHeader {
  readonly header: string
}

/** A value that stands in the JSON body, at a JSON pointer such as `/id` (RFC 6901). */
export interface InBody {
  readonly body: string
}

/** How a sender repeats an event that was not acknowledged. */
export interface RetryPolicy {
  /** For how long after the first try it may come again. */
  readonly windowSeconds: number
  /** Whether every try is signed anew; false where the very bytes and headers come again, and grow old. */
  readonly resigned: boolean
}

/** What a handshake may look at. */
export interface HandshakeRequest {
  readonly url: URL
  readonly headers: Headers
  /** The parsed JSON body of a verified POST; undefined on GET. */
  readonly payload: unknown
  /** Whether a text is the `verifyToken` of the options, compared in constant time. */
  isVerifyToken(text: string): boolean
  /** Signs a text with the secret that matched, as the scheme writes signatures; on GET with the first. */
  sign(text: string): Promise<string>
}

/** What a provider wants to see: text is echoed as plain text, `json` as JSON; the status is 200 unless said otherwise. */
export type ChallengeAnswer = string | { readonly status?: number; readonly json?: unknown }

/** How a provider proves that an endpoint is its customer's; answered without the handler. */
export interface Handshake {
  /** `GET`: before verification, since nothing is signed. `POST`: after verification only. */
  readonly method: 'GET' | 'POST'
  /** What to answer, `false` to refuse, or undefined where this request is no handshake. */
  challenge(request: HandshakeRequest): ChallengeAnswer | false | undefined | Promise<ChallengeAnswer | false | undefined>
}

/** How a provider signs its webhooks, as data. Only `name` and `signature` have no default. */
export interface SchemeDescription {
  /** Kebab-case; the first part of every idempotency key. */
  readonly name: string
  /** What is signed: these pieces, concatenated as bytes. Default `['body']`. */
  readonly content?: readonly ContentPart[]
  /** Default `hmac-sha256`. */
  readonly algorithm?: HmacName | Algorithm
  /** How the signature is written; `utf8` for a token that is sent as it is. Default `hex`. */
  readonly encoding?: Encoding | 'utf8'
  /** How the text of the secret becomes key bytes. Default `utf8`, and `base64` for key pairs. */
  readonly key?: SecretFormat['encoding'] | SecretFormat
  /** Where the signature is; with `list` there may be several, of which one must match. */
  readonly signature: HeaderLocation | InBody
  /** How the proof is laid out, where headers and `content` alone cannot say it. */
  readonly proof?: ProofFormat
  /** Where the time of signing is. */
  readonly timestamp?: HeaderLocation | InBody
  /** How the time is found and checked, where it is not a header or a value of the body by itself. */
  readonly timing?: Timing
  /** How the time is written. Default `s`. */
  readonly unit?: TimestampUnit
  /** How far the time may be from now, in both directions. Default 300 where there is a time; `false`: not checked. */
  readonly toleranceSeconds?: number | false
  /** Where the event's id is, and for a header whether the signature covers it (by default, whether `content` does). */
  readonly id?: (InHeader & { readonly signed?: boolean }) | InBody
  /** Where the event's type is. */
  readonly type?: InHeader | InBody
  /** How the sender repeats itself; `none` where it never does. */
  readonly retry?: RetryPolicy | 'none'
  /** Whether a hash of the body is the key where no id is signed: two equal bodies of one type are then one event. */
  readonly bodyIsKey?: boolean
  /** The longest body that the provider sends, where it is more than 1 MiB. */
  readonly maxBodyBytes?: number
  readonly handshake?: Handshake
}

/** A checked description with its defaults filled in; made by `defineScheme`. */
export interface Scheme {
  readonly name: string
  readonly content: readonly ContentPart[]
  readonly algorithm: Algorithm
  readonly encoding: Encoding | 'utf8'
  readonly key: SecretFormat
  readonly signature: HeaderLocation | InBody
  readonly timestamp?: HeaderLocation | InBody | undefined
  readonly unit: TimestampUnit
  /** Reads and checks the time; there where `timestamp` is. */
  readonly timing?: Timing | undefined
  readonly proof?: ProofFormat | undefined
  readonly toleranceSeconds: number | false
  readonly id?: (InHeader & { readonly signed: boolean }) | InBody | undefined
  readonly type?: InHeader | InBody | undefined
  readonly retry?: RetryPolicy | 'none' | undefined
  readonly bodyIsKey?: boolean
  readonly maxBodyBytes?: number | undefined
  readonly handshake?: Handshake | undefined
}
