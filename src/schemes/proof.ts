import type { HeaderReader } from '../core/headers'
import type { Signer, Verifier } from '../crypto/algorithm'
import type { Secret } from '../crypto/secret'
import type { Scheme } from './scheme'

/** The request that a proof is read from; nothing of it is to be believed yet. */
export interface ProofRequest {
  /** Reads a header by its lower-case name; throws for one that arrived in two values. */
  readonly read: HeaderReader
  readonly body: Uint8Array
  /** The URL that was called; empty where the scheme does not sign it. */
  readonly url: string
  readonly method: string
  /** The text of the time, where the headers have it; its form and its age were checked. */
  readonly timestamp: string | undefined
  readonly now: Date
}

/** The event's id in the headers, as sent, and whether the signature covers it. */
export interface Identity {
  readonly id: string | undefined
  readonly idIsSigned: boolean
}

/** What a request offers as proof that the holder of a secret signed it. */
export interface Proof {
  readonly identity: Identity
  /** Whether the proof holds under a key. */
  matches(verifier: Verifier): boolean | Promise<boolean>
}

/** What a signer is to prove. */
export interface Unsigned {
  readonly body: Uint8Array
  readonly url: string
  readonly method: string
  readonly time: Date
  /** The event's id, where the signer was given one. */
  readonly id: string | undefined
  /** A key for each secret. */
  readonly signers: readonly Signer[]
  /** What the keys were made of. */
  readonly secrets: readonly Secret[]
}

/** What is sent: the headers of a proof, and the body where the proof stands in it. */
export interface Signed {
  readonly headers: Record<string, string>
  readonly body?: Uint8Array
}

/** How a proof is laid out, where headers and `content` alone cannot say it: in the body, in a token, in a list of headers. */
export interface ProofFormat {
  /** Throws a `VerificationError` where there is no proof. */
  read(scheme: Scheme, request: ProofRequest): Proof | Promise<Proof>
  /** Absent where only the provider can sign. */
  write?(scheme: Scheme, request: Unsigned): Signed | Promise<Signed>
}
