import { type Body, toBytes } from '../core/bytes'
import { decode } from '../core/encoding'
import { VerificationError } from '../core/errors'
import { type HeaderReader, type HeadersInput, headerReader, readItems } from '../core/headers'
import { expectDate, expectTolerance } from '../core/options'
import type { Scheme } from '../schemes/scheme'
import { expectScheme, expectUrl, isSeparable, signedContent } from './content'
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

/** More than any sender has in rotation, and few enough that a long list costs an attacker more than us. */
const mostSignatures = 16

/** The first well-formed signatures of the version that the scheme knows. */
function readSignatures({ signature, encoding, algorithm }: Scheme, read: HeaderReader): Uint8Array[] {
  const signatures: Uint8Array[] = []
  for (const text of readItems(read, signature)) {
    const bytes = signatures.length < mostSignatures ? decode(text, encoding) : undefined
    if (bytes?.length && bytes.length === (algorithm.signatureBytes ?? bytes.length)) signatures.push(bytes)
  }
  if (signatures.length === 0) throw new VerificationError('no_signature')
  return signatures
}

/** The id in the headers; where it is signed it must be there, and must be unable to pass for what follows it. */
function readId(scheme: Scheme, read: HeaderReader): { id: string | undefined; idIsSigned: boolean } {
  const { id: place } = scheme
  if (!place || !('header' in place)) return { id: undefined, idIsSigned: false }
  const idIsSigned = place.signed
  const id = idIsSigned || read(place.header) !== undefined ? readItems(read, place)[0] : undefined
  if (idIsSigned && !isSeparable(scheme, id as string)) throw new VerificationError('malformed_header', place.header)
  return { id, idIsSigned }
}

/**
 * Resolves when a request is what the holder of the secret signed; rejects with a `VerificationError` for every other request.
 *
 * Compares in constant time over the exact bytes, and refuses whatever is ambiguous: a header in two values, a timestamp in
 * another form, a signature that is not canonical. Rejects with a `ConfigurationError` for a mistake in the options.
 */
export async function verify(scheme: Scheme, options: VerifyOptions): Promise<Verified> {
  expectScheme(scheme)
  const { headers, method = 'POST', toleranceSeconds = scheme.toleranceSeconds, now = new Date() } = options
  expectTolerance(toleranceSeconds)
  expectDate('now', now)
  const url = expectUrl(scheme, options.url)
  const body = toBytes(options.body)
  const verifiers = secretsOf(options.secret).map((secret) => verifierOf(scheme, secret))

  const read = headerReader(headers)
  const signatures = readSignatures(scheme, read)
  const id = readId(scheme, read)
  const { timing } = scheme
  const inHeaders = timing?.fromHeaders(scheme, read)
  const timeOf = (text: string | undefined) =>
    text === undefined ? undefined : timing?.check(scheme, text, toleranceSeconds, now)
  const timestamp = timeOf(inHeaders)

  const content = signedContent(scheme, { id: id.id, timestamp: inHeaders, body, url, method })
  let secretIndex = 0
  for (const verifier of verifiers) {
    const matches = verifier.matches(content, signatures)
    if (typeof matches === 'boolean' ? matches : await matches) break
    secretIndex++
  }
  if (secretIndex === verifiers.length) throw new VerificationError('signature_mismatch')

  return { scheme: scheme.name, ...id, timestamp: timestamp ?? timeOf(timing?.fromBody(scheme, body)), secretIndex }
}
