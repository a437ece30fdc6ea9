import { type Algorithm, join, type Part } from './algorithm'
import type { Side } from './key-structure'
import { type NodeSigning, nodeCrypto } from './runtime'
import { refuseSecret, type Secret, type SecretFormat } from './secret'

/** What an algorithm of key pairs is made of. */
export interface KeyPairDescription {
  readonly name: string
  /** How long every signature is, where all are equally long. */
  readonly signatureBytes?: number
  /** What Web Crypto is told, to import a key and to use it; node:crypto takes its hash. */
  readonly web: { readonly name: string; readonly hash?: string; readonly namedCurve?: string; readonly saltLength?: number }
  /** What node:crypto is told beside the hash. */
  readonly node?: NodeSigning
  /** The SubjectPublicKeyInfo or the PrivateKeyInfo of a secret, in DER. Throws a `ConfigurationError` for any other secret. */
  readKey(secret: Secret, format: SecretFormat, side: Side): Uint8Array<ArrayBuffer>
}

/** What the runtime itself says of a key may hold some of it. */
function refuseKey(): never {
  refuseSecret('to be a key that this runtime can use')
}

/** An algorithm whose receiver holds the public key, and whose sender the private one. */
export function keyPair({ name, signatureBytes, web, node, readKey }: KeyPairDescription): Algorithm {
  const hash = web.hash?.replace('-', '').toLowerCase()

  function importWith<Key>(importKey: () => Key): Key {
    try {
      return importKey()
    } catch {
      refuseKey()
    }
  }
  /** Imported when it is first used, so that no rejection is without somebody who hears it. */
  function importLater(format: 'spki' | 'pkcs8', bytes: Uint8Array<ArrayBuffer>, usage: 'verify' | 'sign') {
    let key: Promise<CryptoKey> | undefined
    return () => (key ??= crypto.subtle.importKey(format, bytes, web, false, [usage]).catch(refuseKey))
  }

  return {
    name,
    ...(signatureBytes && { signatureBytes }),
    verifier(secret, format) {
      const bytes = readKey(secret, format, 'public')
      const imported = importLater('spki', bytes, 'verify')
      async function matches(parts: readonly Part[], candidates: readonly Uint8Array[]): Promise<boolean> {
        const key = await imported()
        const data = join(parts)
        for (const candidate of candidates) {
          if (await crypto.subtle.verify(web, key, candidate as Uint8Array<ArrayBuffer>, data)) return true
        }
        return false
      }
      if (!nodeCrypto) return { matches }
      const { createPublicKey, verify } = nodeCrypto
      const key = { ...node, key: importWith(() => createPublicKey({ key: bytes, format: 'der', type: 'spki' })) }
      return {
        matches(parts, candidates) {
          const data = join(parts)
          try {
            return candidates.some((candidate) => verify(hash, data, key, candidate))
          } catch {
            // Workers have a node:crypto that takes no key of its own making.
            return matches(parts, candidates)
          }
        },
      }
    },
    signer(secret, format) {
      const bytes = readKey(secret, format, 'private')
      const imported = importLater('pkcs8', bytes, 'sign')
      const sign = async (parts: readonly Part[]) =>
        new Uint8Array(await crypto.subtle.sign(web, await imported(), join(parts)).catch(refuseKey))
      if (!nodeCrypto) return { sign }
      const { createPrivateKey, sign: signByNode } = nodeCrypto
      const key = { ...node, key: importWith(() => createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })) }
      return {
        sign(parts) {
          try {
            return signByNode(hash, join(parts), key)
          } catch {
            return sign(parts)
          }
        },
      }
    },
  }
}
