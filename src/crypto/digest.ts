import { join, type Part } from './algorithm'
import { nodeCrypto } from './runtime'

/** Whether the digests are there at once, with no need to wait. */
export const digestsAtOnce = nodeCrypto !== undefined

const digest =
  (name: 'SHA-256' | 'SHA-512') =>
  (parts: readonly Part[]): Uint8Array | Promise<Uint8Array> => {
    if (!nodeCrypto) return crypto.subtle.digest(name, join(parts)).then((bytes) => new Uint8Array(bytes))
    const hash = nodeCrypto.createHash(name.replace('-', '').toLowerCase())
    for (const part of parts) hash.update(part)
    return hash.digest()
  }

/** The SHA-256 of some bytes. */
export const sha256 = /* @__PURE__ */ digest('SHA-256')

/** The SHA-512 of some bytes. */
export const sha512 = /* @__PURE__ */ digest('SHA-512')
