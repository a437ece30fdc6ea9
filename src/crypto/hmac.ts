import { type Algorithm, join, type Part, type Signer, type Verifier } from './algorithm'
import { equal } from './equal'
import { nodeCrypto } from './runtime'
import { refuseSecret, type Secret, type SecretFormat, secretBytes } from './secret'

type Mac = (parts: readonly Part[]) => Uint8Array | Promise<Uint8Array>

/** A shared key, which both sides sign with. */
type MacKey = Verifier & Signer

function importMac(hash: string, bytes: Uint8Array): Mac {
  if (nodeCrypto) {
    const { createHmac, createSecretKey } = nodeCrypto
    const key = createSecretKey(bytes)
    return (parts) => {
      const hmac = createHmac(hash, key)
      for (const part of parts) hmac.update(part)
      return hmac.digest()
    }
  }
  const algorithm = { name: 'HMAC', hash: `SHA-${hash.slice(3)}` }
  const key = crypto.subtle.importKey('raw', join([bytes]), algorithm, false, ['sign'])
  return async (parts) => new Uint8Array(await crypto.subtle.sign('HMAC', await key, join(parts)))
}

let importKey = (hash: string, bytes: Uint8Array): MacKey => {
  const sign = importMac(hash, bytes)
  return {
    keyBytes: bytes.length,
    sign,
    async matches(parts, candidates) {
      const expected = await sign(parts)
      return candidates.some((candidate) => equal(candidate, expected))
    },
  }
}

/** Has keys work more quickly, with the same results. */
export function accelerate(given: (slowly: typeof importKey) => typeof importKey): void {
  importKey = given(importKey)
}

/** A key pair's text where a shared secret belongs: accepting it would make the public key the secret. */
const isKeyPair = (secret: Secret) => typeof secret === 'string' && /^(-----BEGIN|wh[ps]k_|\{\s*")/.test(secret)

function hmac(hash: string, signatureBytes: number): Algorithm {
  function importSecret(secret: Secret, format: SecretFormat): MacKey {
    if (isKeyPair(secret)) refuseSecret('to be shared, got a key of a key pair')
    return importKey(hash, secretBytes(secret, format))
  }
  return { name: `hmac-${hash}`, signatureBytes, verifier: importSecret, signer: importSecret }
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
