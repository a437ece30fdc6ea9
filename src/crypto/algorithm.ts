import { concat, utf8 } from '../core/bytes'
import type { Encoding } from '../core/encoding'
import type { Secret, SecretFormat } from './secret'

/** A piece of what is signed; text stands for its UTF-8 bytes. */
export type Part = string | Uint8Array

/** The pieces as one array of bytes. */
export const join = (parts: readonly Part[]): Uint8Array<ArrayBuffer> =>
  concat(parts.map((part) => (typeof part === 'string' ? utf8(part) : part)))

/** Checks signatures with one key. */
export interface Verifier {
  /** How long a shared secret is; absent for key pairs. */
  readonly keyBytes?: number
  /** What a proof must know of the key: its algorithm's name in a token, or the id of a subscription that stands for one. */
  readonly name?: string
  /** Whether any of the candidates is this key's signature of the parts. */
  matches(parts: readonly Part[], candidates: readonly Uint8Array[]): boolean | Promise<boolean>
}

/** Makes signatures with one key. */
export interface Signer {
  /** The algorithm's name in a token, where the scheme uses tokens. */
  readonly name?: string
  sign(parts: readonly Part[]): Uint8Array | Promise<Uint8Array>
  /** The signature in a writing, where that is quicker than its bytes; undefined for parts that it is not quicker for. */
  write?(parts: readonly Part[], encoding: Encoding): string | undefined
}

/** How signatures are made and checked. A scheme names one, and nothing in a request can choose another. */
export interface Algorithm {
  readonly name: string
  /** How long every signature is; another length is no signature. Absent where lengths differ. */
  readonly signatureBytes?: number
  /** Throws a `ConfigurationError` for a secret that cannot be a key of this algorithm. */
  verifier(secret: Secret, format: SecretFormat): Verifier
  /** Throws a `ConfigurationError` for a secret that cannot be a key of this algorithm. */
  signer(secret: Secret, format: SecretFormat): Signer
}
