import { concat } from '../core/bytes'
import { encode } from '../core/encoding'
import type { Algorithm } from './algorithm'
import { readInteger, readSequence, tags, writeDer, writeInteger } from './der'
import { keyPair } from './key-pair'
import { readJsonWebKey, readMembers, readStructure, refuseOther, type Side, writeStructure } from './key-structure'
import { refuseSecret, type Secret, type SecretFormat } from './secret'

// id-ecPublicKey on secp256r1 (RFC 5480, section 2.1.1), and the curve itself (SEC 2, section 2.4.2).
const algorithm = '06072a8648ce3d020106082a8648ce3d030107'
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const kind = 'a key on the curve P-256'
const numberOf = (bytes: Uint8Array) => BigInt(`0x${encode(bytes, 'hex')}`)

/** The key of a secret: what its JWK has in these members, or what its DER wraps. */
function readRaw(secret: Secret, format: SecretFormat, side: Side, members: readonly string[]): Uint8Array[] {
  const jwk = readJsonWebKey(secret)
  if (jwk) {
    const values = readMembers(jwk, { kty: 'EC', crv: 'P-256' }, members)
    if (side === 'public' && jwk.d !== undefined) refuseOther(side)
    return values
  }
  const structure = readStructure(secret, format, side, kind)
  if (structure.algorithm !== algorithm) refuseSecret(`to be ${kind}`)
  return [structure.key]
}

/** The uncompressed point of a public key. Checked here, because runtimes differ in what they refuse. */
function readPoint(secret: Secret, format: SecretFormat): Uint8Array {
  const values = readRaw(secret, format, 'public', ['x', 'y'])
  const point = values.length === 1 ? (values[0] as Uint8Array) : concat([Uint8Array.of(4), ...values])
  if (point.length !== 65 || point[0] !== 4) refuseSecret(`to be ${kind}, its point uncompressed`)
  const x = numberOf(point.subarray(1, 33))
  const y = numberOf(point.subarray(33))
  const isOnCurve = x < prime && y < prime && (y * y - x * x * x + 3n * x - b) % prime === 0n
  if (!isOnCurve) refuseSecret(`to be ${kind}, got a point beside it`)
  return point
}

/** The ECPrivateKey (RFC 5915, section 3), without the public key that may stand behind it. */
function readScalar(secret: Secret, format: SecretFormat): Uint8Array {
  const [value] = readRaw(secret, format, 'private', ['d']) as [Uint8Array]
  const scalar = readJsonWebKey(secret) ? value : readSequence(value, [tags.integer, tags.octets], true)?.[1]
  const isScalar = scalar?.length === 32 && numberOf(scalar) > 0n && numberOf(scalar) < order
  if (!isScalar) refuseSecret(`to be ${kind}`)
  return writeDer(tags.sequence, writeInteger(Uint8Array.of(1)), writeDer(tags.octets, scalar))
}

/** ECDSA on P-256 with SHA-256, its signatures the 64 bytes of r and s (IEEE P1363): JWT's ES256 and RFC 9421. */
export const ecdsaP256: Algorithm = /* @__PURE__ */ keyPair({
  name: 'ecdsa-p256-sha256',
  signatureBytes: 64,
  web: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  node: { dsaEncoding: 'ieee-p1363' },
  readKey: (secret, format, side) =>
    writeStructure({ algorithm, key: side === 'public' ? readPoint(secret, format) : readScalar(secret, format) }, side),
})

/** The 64 bytes of a signature in DER (RFC 3279, section 2.2.3); none where it is not the one DER of it. */
function fromDer(signature: Uint8Array): Uint8Array[] {
  const numbers = readSequence(signature, [tags.integer, tags.integer])?.map(readInteger)
  if (!numbers) return []
  const raw = new Uint8Array(64)
  for (const [at, digits] of numbers.entries()) {
    if (!digits || digits.length > 32) return []
    raw.set(digits, (at + 1) * 32 - digits.length)
  }
  return [raw]
}

const toDer = (raw: Uint8Array) => writeDer(tags.sequence, writeInteger(raw.subarray(0, 32)), writeInteger(raw.subarray(32)))

/** ECDSA on P-256 with SHA-256, its signatures in DER, which has one form of each and no other is accepted. */
export const ecdsaP256Der: Algorithm = {
  name: 'ecdsa-p256-sha256-der',
  verifier(secret, format) {
    const verifier = ecdsaP256.verifier(secret, format)
    return { matches: (parts, candidates) => verifier.matches(parts, candidates.flatMap(fromDer)) }
  },
  signer(secret, format) {
    const signer = ecdsaP256.signer(secret, format)
    return { sign: async (parts) => toDer(await signer.sign(parts)) }
  },
}
