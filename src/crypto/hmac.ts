import { type Algorithm, join, type Part, type Verifier } from './algorithm'
import { equal } from './equal'
import { nodeCrypto } from './runtime'
import { refuseSecret, type Secret, type SecretFormat, secretBytes } from './secret'

type Mac = (parts: readonly Part[]) => Uint8Array | Promise<Uint8Array>

/** A MAC that may say that a message is not for it; none where the hash or the key is not for it. */
type Quick = (hash: string, key: Uint8Array) => ((parts: readonly Part[]) => Uint8Array | undefined) | undefined
let quick: Quick | undefined

/** Has MACs made more quickly; the results are the same. */
export function accelerate(given: Quick): void {
  quick = given
}

function importKey(hash: string, bytes: Uint8Array): Mac {
  if (nodeCrypto) {
    const { createHmac, createSecretKey } = nodeCrypto
    const quickly = quick?.(hash, bytes)
    const key = createSecretKey(bytes)
    return (parts) => {
      const mac = quickly?.(parts)
      if (mac) return mac
      const hmac = createHmac(hash, key)
      for (const part of parts) hmac.update(part)
      return hmac.digest()
    }
  }
  const algorithm = { name: 'HMAC', hash: `SHA-${hash.slice(3)}` }
  const key = crypto.subtle.importKey('raw', join([bytes]), algorithm, false, ['sign'])
  return async (parts) => new Uint8Array(await crypto.subtle.sign('HMAC', await key, join(parts)))
}

/** A key pair's text where a shared secret belongs: accepting it would make the public key the secret. */
const isKeyPair = (secret: Secret) => typeof secret === 'string' && /^(-----BEGIN|wh[ps]k_|\{\s*")/.test(secret)

function hmac(hash: string, signatureBytes: number): Algorithm {
  const importSecret = (secret: Secret, format: SecretFormat) => {
    if (isKeyPair(secret)) refuseSecret('to be shared, got a key of a key pair')
    return secretBytes(secret, format)
  }
  return {
    name: `hmac-${hash}`,
    signatureBytes,
    signer: (secret, format) => ({ sign: importKey(hash, importSecret(secret, format)) }),
    verifier(secret, format): Verifier {
      const bytes = importSecret(secret, format)
      const mac = importKey(hash, bytes)
      return {
        keyBytes: bytes.length,
        matches(parts, candidates) {
          const among = (expected: Uint8Array) => candidates.some((candidate) => equal(candidate, expected))
          const expected = mac(parts)
          return expected instanceof Promise ? expected.then(among) : among(expected)
        },
      }
    },
  }
}

/** The HMAC algorithms (RFC 2104) by the name that a scheme gives them. */
export const hmacs = {
  'hmac-sha1': hmac('sha1', 20),
  'hmac-sha256': hmac('sha256', 32),
  'hmac-sha384': hmac('sha384', 48),
  'hmac-sha512': hmac('sha512', 64),
} as const

/** The name of an HMAC algorithm. */
export type HmacName = keyof typeof hmacs
