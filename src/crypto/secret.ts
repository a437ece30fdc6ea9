import { decode, type Encoding } from '../core/encoding'
import { ConfigurationError } from '../core/errors'

/** A key as RFC 7517 writes it; only what a scheme's algorithm needs is read. */
export interface JsonWebKey {
  readonly kty?: string
  readonly [member: string]: unknown
}

/** What the two sides share, or a public key: text as the provider shows it, bytes as they are, or a JWK. */
export type Secret = string | Uint8Array | JsonWebKey

/** How the text of a secret becomes the bytes of a key. */
export interface SecretFormat {
  readonly encoding: 'utf8' | Exclude<Encoding, 'base64url'>
  /** What may stand before the encoded bytes, such as `whsec_`. */
  readonly prefix?: string
  /** What stands before the private key where the two sides of a key pair are told apart, such as `whsk_`. */
  readonly privatePrefix?: string
}

/** The one way a secret is refused. It says what is wrong and never what was given. */
export function refuseSecret(expectation: string): never {
  throw new ConfigurationError('invalid_secret', `Expected \`secret\` ${expectation}`)
}

/** The key bytes of a secret given as text or bytes: strict, so that a secret that was copied wrongly is found here. */
export function secretBytes(secret: Secret, { encoding, prefix = '' }: SecretFormat): Uint8Array {
  let bytes: Uint8Array | undefined
  if (typeof secret === 'string') {
    if (secret !== secret.trim()) refuseSecret('to have no white space around it')
    const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
    // Some providers show hex in capitals.
    bytes = decode(encoding === 'hex' ? text.toLowerCase() : text, encoding)
    if (!bytes) refuseSecret(`to be ${prefix}… in canonical ${encoding}, as the provider shows it`)
  } else if (ArrayBuffer.isView(secret)) bytes = secret as Uint8Array
  else refuseSecret('to be text or bytes')
  if (bytes.length === 0) refuseSecret('not to be empty: is the environment variable set?')
  return bytes
}
