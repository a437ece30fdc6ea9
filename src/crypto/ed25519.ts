import type { Algorithm } from './algorithm'
import { readDer, tags, writeDer } from './der'
import { keyPair } from './key-pair'
import { isPem, readJsonWebKey, readMembers, readStructure, refuseOther, type Side, writeStructure } from './key-structure'
import { refuseSecret, type Secret, type SecretFormat, secretBytes } from './secret'

// RFC 8410, section 3. A private key stands in an OCTET STRING of its own (section 7).
const algorithm = '06032b6570'

/** The raw key: `x` or `d` of a JWK (RFC 8037, section 2), what PEM holds, else what the text or the bytes are. */
function rawKey(secret: Secret, format: SecretFormat, side: Side): Uint8Array {
  const jwk = readJsonWebKey(secret)
  if (jwk) return readMembers(jwk, { kty: 'OKP', crv: 'Ed25519' }, [side === 'public' ? 'x' : 'd'])[0] as Uint8Array
  if (!isPem(secret)) return secretBytes(secret, format)
  const structure = readStructure(secret, format, side, 'an Ed25519 key')
  if (structure.algorithm !== algorithm) refuseSecret('to be an Ed25519 key')
  return side === 'public' ? structure.key : (readDer(structure.key)?.[0]?.content ?? structure.key)
}

function publicKey(secret: Secret, format: SecretFormat): Uint8Array {
  const { privatePrefix } = format
  if (privatePrefix && typeof secret === 'string' && secret.startsWith(privatePrefix)) refuseOther('public')
  const key = rawKey(secret, format, 'public')
  if (key.length !== 32) refuseSecret(`to be a public key of 32 bytes, got ${key.length}`)
  return key
}

function privateKey(secret: Secret, { encoding, prefix, privatePrefix }: SecretFormat): Uint8Array {
  if (prefix && typeof secret === 'string' && secret.startsWith(prefix)) refuseOther('private')
  const key = rawKey(secret, privatePrefix ? { encoding, prefix: privatePrefix } : { encoding }, 'private')
  // Some tools write the public key after the seed.
  if (key.length !== 32 && key.length !== 64) refuseSecret(`to be a private key of 32 or 64 bytes, got ${key.length}`)
  return writeDer(tags.octets, key.subarray(0, 32))
}

/** Ed25519 signatures (RFC 8032). The receiver's `secret` is the public key, the sender's the private one. */
export const ed25519: Algorithm = /* @__PURE__ */ keyPair({
  name: 'ed25519',
  signatureBytes: 64,
  web: { name: 'Ed25519' },
  readKey: (secret, format, side) =>
    writeStructure({ algorithm, key: side === 'public' ? publicKey(secret, format) : privateKey(secret, format) }, side),
})
