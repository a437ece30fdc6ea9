import { concat } from '../core/bytes'
import { decode } from '../core/encoding'
import { type Algorithm, join } from './algorithm'
import { nodeCrypto } from './runtime'
import { type JsonWebKey, refuseSecret, type Secret, type SecretFormat, secretBytes } from './secret'

// A raw key in the DER that every runtime imports (RFC 8410, sections 4 and 7).
const spki = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
const pkcs8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
const der = (head: readonly number[], key: Uint8Array) => concat([Uint8Array.from(head), key])

function asJsonWebKey(secret: Secret): JsonWebKey | undefined {
  if (ArrayBuffer.isView(secret)) return undefined
  if (typeof secret !== 'string') return secret as JsonWebKey
  if (!secret.startsWith('{')) return undefined
  try {
    return JSON.parse(secret)
  } catch {
    refuseSecret('to be a JSON Web Key in valid JSON')
  }
}

/** The raw key: `x` or `d` of a JWK (RFC 8037, section 2), else what the text or the bytes are. */
function rawKey(secret: Secret, member: 'x' | 'd', format: SecretFormat): Uint8Array {
  const jwk = asJsonWebKey(secret)
  if (!jwk) return secretBytes(secret, format)
  const value = jwk.kty === 'OKP' && jwk.crv === 'Ed25519' ? jwk[member] : undefined
  const bytes = typeof value === 'string' ? decode(value, 'base64url') : undefined
  return bytes ?? refuseSecret(`to be a JSON Web Key of kty OKP and crv Ed25519 with \`${member}\``)
}

function publicKey(secret: Secret, format: SecretFormat): Uint8Array {
  const { privatePrefix } = format
  if (privatePrefix && typeof secret === 'string' && secret.startsWith(privatePrefix)) {
    refuseSecret('to be the public key, got the private one: only the sender may hold it')
  }
  const key = rawKey(secret, 'x', format)
  if (key.length !== 32) refuseSecret(`to be a public key of 32 bytes, got ${key.length}`)
  return key
}

function privateKey(secret: Secret, { encoding, prefix, privatePrefix }: SecretFormat): Uint8Array {
  if (prefix && typeof secret === 'string' && secret.startsWith(prefix)) refuseSecret('to be the private key, got the public one')
  const key = rawKey(secret, 'd', privatePrefix ? { encoding, prefix: privatePrefix } : { encoding })
  // Some tools write the public key after the seed.
  if (key.length !== 32 && key.length !== 64) refuseSecret(`to be a private key of 32 or 64 bytes, got ${key.length}`)
  return key.subarray(0, 32)
}

/** Ed25519 signatures (RFC 8032). The receiver's `secret` is the public key, the sender's the private one. */
export const ed25519: Algorithm = {
  name: 'ed25519',
  signatureBytes: 64,
  verifier(secret, format) {
    const bytes = der(spki, publicKey(secret, format))
    if (nodeCrypto) {
      const { createPublicKey, verify } = nodeCrypto
      const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' })
      return {
        matches(parts, candidates) {
          const data = join(parts)
          return candidates.some((candidate) => verify(undefined, data, key, candidate))
        },
      }
    }
    return {
      async matches(parts, candidates) {
        const key = await crypto.subtle.importKey('spki', bytes, 'Ed25519', false, ['verify'])
        const data = join(parts)
        for (const candidate of candidates) {
          if (await crypto.subtle.verify('Ed25519', key, candidate as Uint8Array<ArrayBuffer>, data)) return true
        }
        return false
      },
    }
  },
  signer(secret, format) {
    const bytes = der(pkcs8, privateKey(secret, format))
    if (nodeCrypto) {
      const { createPrivateKey, sign } = nodeCrypto
      const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
      return { sign: (parts) => sign(undefined, join(parts), key) }
    }
    return {
      async sign(parts) {
        const key = await crypto.subtle.importKey('pkcs8', bytes, 'Ed25519', false, ['sign'])
        return new Uint8Array(await crypto.subtle.sign('Ed25519', key, join(parts)))
      },
    }
  },
}
