import { encode } from '../core/encoding'
import type { Algorithm } from './algorithm'
import { readInteger, readSequence, tags, withoutZeros, writeDer, writeInteger } from './der'
import { type KeyPairDescription, keyPair } from './key-pair'
import { readJsonWebKey, readMembers, readStructure, refuseOther, type Side, writeStructure } from './key-structure'
import { refuseSecret, type Secret, type SecretFormat } from './secret'

// rsaEncryption (RFC 8017, appendix A.1), and id-RSASSA-PSS without parameters, which restrict a key further (RFC 4055, section 3.1).
const rsaEncryption = '06092a864886f70d0101010500'
const rsaPss = '06092a864886f70d01010a'

const leastBits = 2048
const mostBits = 8192

const members = { public: ['n', 'e'], private: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] } as const

/** The numbers of a key, in the order of RSAPublicKey, or of RSAPrivateKey behind its version (RFC 8017, appendix A.1). */
function readNumbers(secret: Secret, format: SecretFormat, side: Side, algorithms: readonly string[]): Uint8Array[] {
  const jwk = readJsonWebKey(secret)
  if (jwk) {
    const values = readMembers(jwk, { kty: 'RSA' }, members[side])
    if (side === 'public' && jwk.d !== undefined) refuseOther(side)
    return values.map(withoutZeros)
  }
  const { algorithm, key } = readStructure(secret, format, side, 'an RSA key')
  const version = side === 'private' ? [tags.integer] : []
  const integers = readSequence(key, [...version, ...members[side].map(() => tags.integer)])
  if (!algorithms.includes(algorithm) || !integers) refuseSecret('to be an RSA key')
  return integers.slice(version.length).map((content) => readInteger(content) ?? refuseSecret('to be an RSA key'))
}

const numberOf = (digits: Uint8Array) => BigInt(`0x0${encode(digits, 'hex')}`)

/** Whether the numbers are a key: checked here, because some runtimes sign with those that are none. */
function makeKey([n = 0n, e = 0n, d, p = 0n, q = 0n, dp, dq, qi = 0n]: readonly bigint[]): boolean {
  const isPublic = n % 2n === 1n && e % 2n === 1n && e > 1n && e < 2n ** 32n
  if (!isPublic || d === undefined) return isPublic
  if (n !== p * q || p === 1n || q === 1n) return false
  const [overP, overQ] = [d % (p - 1n), d % (q - 1n)]
  return dp === overP && dq === overQ && (e * overP) % (p - 1n) === 1n && (e * overQ) % (q - 1n) === 1n && (qi * q) % p === 1n
}

/** A key that every runtime takes, with rsaEncryption as its algorithm: Web Crypto knows no other. */
const readKey =
  (...algorithms: readonly string[]): KeyPairDescription['readKey'] =>
  (secret, format, side) => {
    const numbers = readNumbers(secret, format, side, algorithms)
    const bits = numberOf(numbers[0] as Uint8Array).toString(2).length
    if (bits < leastBits || bits > mostBits) refuseSecret(`to be an RSA key of ${leastBits} to ${mostBits} bits, got ${bits}`)
    if (!makeKey(numbers.map(numberOf))) refuseSecret('to be an RSA key, got numbers that make none')
    const version = side === 'private' ? [Uint8Array.of(0)] : []
    const key = writeDer(tags.sequence, ...[...version, ...numbers].map(writeInteger))
    return writeStructure({ algorithm: rsaEncryption, key }, side)
  }

/** RSA PKCS #1 v1.5 with SHA-256 (RFC 8017, section 8.2), with a key of 2048 bits or more: JWT's RS256 and RFC 9421. */
export const rsaSha256: Algorithm = /* @__PURE__ */ keyPair({
  name: 'rsa-v1_5-sha256',
  web: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  readKey: /* @__PURE__ */ readKey(rsaEncryption),
})

/** RSA PKCS #1 v1.5 with SHA-1, with a key of 2048 bits or more. SHA-1 is broken: only for providers that still sign so. */
export const rsaSha1: Algorithm = /* @__PURE__ */ keyPair({
  name: 'rsa-v1_5-sha1',
  web: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' },
  readKey: /* @__PURE__ */ readKey(rsaEncryption),
})

/** RSA PSS with SHA-512 and a salt of 64 bytes (RFC 9421, section 3.3.1), with a key of 2048 bits or more. */
export const rsaPssSha512: Algorithm = /* @__PURE__ */ keyPair({
  name: 'rsa-pss-sha512',
  web: { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64 },
  // RSA_PKCS1_PSS_PADDING.
  node: { padding: 6, saltLength: 64 },
  readKey: /* @__PURE__ */ readKey(rsaEncryption, rsaPss),
})
