import { type Body, toBytes, toPart } from '../core/bytes'
import { ConfigurationError } from '../core/errors'
import { expectDate } from '../core/options'
import type { Signed } from '../schemes/proof'
import { writeHeaders } from '../schemes/proofs/headers'
import type { Scheme } from '../schemes/scheme'
import { expectScheme, expectUrl } from './content'
import { type Secrets, secretsOf, signerOf } from './keys'

/** What `sign` signs, and the secret to do it with. */
export interface SignOptions {
  /** What the two sides share, or the private key; all are used where the scheme can carry several signatures, else the first. */
  readonly secret: Secrets
  /** The exact bytes that will be sent. */
  readonly body: Body
  /** The event’s id, the same on every try. Made up where absent and the scheme has one in a header. */
  readonly id?: string | undefined
  /** Default: the current time. */
  readonly timestamp?: Date | undefined
  /** The URL that will be called, for schemes that sign it. */
  readonly url?: string | URL | undefined
  /** Default `POST`. */
  readonly method?: string | undefined
}

/**
 * Signs a request in the layout of its scheme: the headers, and the body where the proof stands in it.
 *
 * Throws a `ConfigurationError` for a mistake in the options, or rejects with it.
 */
export function signRequest(scheme: Scheme, options: SignOptions): Signed | Promise<Signed> {
  expectScheme(scheme)
  const { timestamp: time = new Date(), method = 'POST', id } = options
  expectDate('timestamp', time)
  const { proof } = scheme
  if (proof && !proof.write) {
    throw new ConfigurationError('invalid_option', `Only ${scheme.name} itself can sign as ${scheme.name} does`)
  }
  const secrets = secretsOf(options.secret)
  const request = {
    body: toPart(options.body),
    url: expectUrl(scheme, options.url),
    method,
    time,
    id,
    signers: secrets.map((secret) => signerOf(scheme, secret)),
    secrets,
  }
  return proof?.write ? proof.write(scheme, { ...request, body: toBytes(request.body) }) : writeHeaders(scheme, request)
}

/**
 * Resolves to the headers that prove a body to its receiver, with lower-case names.
 *
 * Sign again on every try, so that the timestamp is fresh. Rejects with a `ConfigurationError` for a mistake in the options, such
 * as an id that the scheme could not keep apart from what follows it, and for the few schemes whose proof stands in the body.
 */
export async function sign(scheme: Scheme, options: SignOptions): Promise<Record<string, string>> {
  const signed = signRequest(scheme, options)
  // Waiting for what is there already takes as long as writing it.
  const { headers, body } = 'headers' in signed ? signed : await signed
  if (body) {
    throw new ConfigurationError(
      'invalid_option',
      `The signature of ${scheme.name} stands in the body: \`signedRequest\` of countersign/testing makes the whole request`,
    )
  }
  return headers
}
