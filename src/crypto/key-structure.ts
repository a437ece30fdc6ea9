import { decode, encode } from '../core/encoding'
import { readSequence, tags, writeDer } from './der'
import { type JsonWebKey, refuseSecret, type Secret, type SecretFormat, secretBytes } from './secret'

/** Which half of a key pair is wanted: the receiver's or the sender's. */
export type Side = 'public' | 'private'

/** Refuses the half that belongs to the other side. */
export function refuseOther(side: Side): never {
  refuseSecret(
    side === 'public'
      ? 'to be the public key, got the private one: only the sender may hold it'
      : 'to be the private key, got the public one',
  )
}

/** A secret that is a JWK, as an object or as JSON text; undefined where it is text or bytes of another kind. */
export function readJsonWebKey(secret: Secret): JsonWebKey | undefined {
  if (ArrayBuffer.isView(secret)) return undefined
  if (typeof secret !== 'string') return secret as JsonWebKey
  if (!secret.startsWith('{')) return undefined
  try {
    return JSON.parse(secret)
  } catch {
    refuseSecret('to be a JSON Web Key in valid JSON')
  }
}

/** The bytes of members of a JWK that is of this kind, such as `{ kty: 'EC', crv: 'P-256' }`. */
export function readMembers(jwk: JsonWebKey, kind: Readonly<Record<string, string>>, names: readonly string[]): Uint8Array[] {
  const isKind = Object.entries(kind).every(([member, value]) => jwk[member] === value)
  const values = names.map((name) => (isKind && typeof jwk[name] === 'string' ? decode(jwk[name], 'base64url') : undefined))
  if (values.every((value) => value !== undefined)) return values
  const shown = Object.entries(kind).map((pair) => pair.join(' '))
  refuseSecret(`to be a JSON Web Key of ${shown.join(' and ')} with \`${names.join('`, `')}\``)
}

const labels = { public: 'PUBLIC KEY', private: 'PRIVATE KEY' } as const

/** Whether a secret is written as PEM (RFC 7468). */
export const isPem = (secret: Secret): secret is string => typeof secret === 'string' && secret.startsWith('-----')

function readPem(secret: string, side: Side): Uint8Array {
  const [, label, text] = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\w+/=\r\n]+)-----END \1-----\s*$/.exec(secret) ?? []
  if (label === labels[side === 'public' ? 'private' : 'public']) refuseOther(side)
  const bytes = label === labels[side] ? decode((text as string).replace(/\r?\n/g, ''), 'base64') : undefined
  return bytes ?? refuseSecret(`to be PEM whose first line is “-----BEGIN ${labels[side]}-----”, with its line breaks`)
}

/** A key out of its SubjectPublicKeyInfo (RFC 5280, section 4.1) or its PrivateKeyInfo (RFC 5958, section 2). */
export interface KeyStructure {
  /** What the AlgorithmIdentifier holds, in hex. */
  readonly algorithm: string
  readonly key: Uint8Array
}

function readPublic(bytes: Uint8Array): KeyStructure | undefined {
  const [algorithm, bits] = readSequence(bytes, [tags.sequence, tags.bits]) ?? []
  return algorithm && bits?.[0] === 0 ? { algorithm: encode(algorithm, 'hex'), key: bits.subarray(1) } : undefined
}

function readPrivate(bytes: Uint8Array): KeyStructure | undefined {
  const [, algorithm, key] = readSequence(bytes, [tags.integer, tags.sequence, tags.octets], true) ?? []
  return algorithm && key ? { algorithm: encode(algorithm, 'hex'), key } : undefined
}

/** The key in a secret that is PEM, or text or bytes of DER; `kind` names what is expected, such as “a P-256 key”. */
export function readStructure(secret: Secret, format: SecretFormat, side: Side, kind: string): KeyStructure {
  const bytes = isPem(secret) ? readPem(secret, side) : secretBytes(secret, format)
  const [read, readOther] = side === 'public' ? [readPublic, readPrivate] : [readPrivate, readPublic]
  const structure = read(bytes)
  if (structure) return structure
  if (readOther(bytes)) refuseOther(side)
  refuseSecret(`to be ${kind} in ${side === 'public' ? 'SPKI' : 'PKCS #8'}: PEM, the base64 or the bytes of its DER, or a JWK`)
}

const bytesOf = (algorithm: string) => decode(algorithm, 'hex') as Uint8Array

/** The DER that every runtime imports of a key. */
export function writeStructure({ algorithm, key }: KeyStructure, side: Side): Uint8Array<ArrayBuffer> {
  const identifier = writeDer(tags.sequence, bytesOf(algorithm))
  return side === 'public'
    ? writeDer(tags.sequence, identifier, writeDer(tags.bits, Uint8Array.of(0), key))
    : writeDer(tags.sequence, writeDer(tags.integer, Uint8Array.of(0)), identifier, writeDer(tags.octets, key))
}
