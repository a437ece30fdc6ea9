import { type Body, toBytes, toPart } from '../core/bytes'
import { VerificationError } from '../core/errors'
import { type HeadersInput, headerReader } from '../core/headers'
import { expectDate, expectTolerance } from '../core/options'
import type { Proof, ProofRequest } from '../schemes/proof'
import { readHeaders } from '../schemes/proofs/headers'
import type { Scheme } from '../schemes/scheme'
import { expectScheme, expectUrl } from './content'
import { type Secrets, secretsOf, verifierOf } from './keys'

/** What `verify` needs of a request, and the secret to check it with. */
export interface VerifyOptions {
  /** What the two sides share, or the public key; several while rotating, at most 8. */
  readonly secret: Secrets
  readonly headers: HeadersInput
  /** The exact bytes that arrived, never parsed and serialised again. */
  readonly body: Body
  /** The URL that was called, for schemes that sign it. */
  readonly url?: string | URL | undefined
  /** Default `POST`. */
  readonly method?: string | undefined
  /** How far the timestamp may be from now, in both directions; `false` to accept any. Default: the scheme’s. */
  readonly toleranceSeconds?: number | false | undefined
  /** Default: the current time. */
  readonly now?: Date | undefined
}

/** What is known of a request whose signature holds. */
export interface Verified {
  /** The scheme’s name. */
  readonly scheme: string
  /** The event’s id from the headers, as sent; undefined where the scheme has none there. */
  readonly id: string | undefined
  /** Whether the signature covers `id`; where not, anyone on the way can change it. */
  readonly idIsSigned: boolean
  /** When the sender signed, where the scheme says so. */
  readonly timestamp: Date | undefined
  /** Which of the secrets matched, from 0: shows when an old one is out of use. */
  readonly secretIndex: number
}

/** As `verify`, but at once where nothing has to be waited for: a promise takes as long as a tenth of a hash. */
export function verifyAtOnce(scheme: Scheme, options: VerifyOptions): Verified | Promise<Verified> {
  expectScheme(scheme)
  const { headers, method = 'POST', toleranceSeconds = scheme.toleranceSeconds, now = new Date() } = options
  expectTolerance(toleranceSeconds)
  expectDate('now', now)
  const url = expectUrl(scheme, options.url)
  const body = toPart(options.body)
  const verifiers = secretsOf(options.secret).map((secret) => verifierOf(scheme, secret))

  const read = headerReader(headers)
  const { timing } = scheme
  const timestamp = timing?.fromHeaders(scheme, read)
  const time = timing?.check(scheme, timestamp, toleranceSeconds, now)
  const request = { read, body: scheme.proof ? toBytes(body) : body, url, method, timestamp, now }

  const check = (given: Proof, secretIndex = 0): Verified | Promise<Verified> => {
    const verifier = verifiers[secretIndex]
    if (!verifier) throw new VerificationError('signature_mismatch')
    const conclude = (isMatch: boolean) =>
      isMatch
        ? {
            scheme: scheme.name,
            ...given.identity,
            timestamp: time ?? timing?.check(scheme, timing.fromBody(scheme, toBytes(body)), toleranceSeconds, now),
            secretIndex,
          }
        : check(given, secretIndex + 1)
    const answer = given.matches(verifier)
    return typeof answer === 'object' ? answer.then(conclude) : conclude(answer)
  }
  return scheme.proof
    ? Promise.resolve(scheme.proof.read(scheme, request as ProofRequest)).then(check)
    : check(readHeaders(scheme, request))
}

/**
 * Resolves when a request is what the holder of the secret signed; rejects with a `VerificationError` for every other request.
 *
 * Compares in constant time over the exact bytes, and refuses whatever is ambiguous: a header in two values, a timestamp in
 * another form, a signature that is not canonical. Rejects with a `ConfigurationError` for a mistake in the options.
 */
export async function verify(scheme: Scheme, options: VerifyOptions): Promise<Verified> {
  return verifyAtOnce(scheme, options)
}
