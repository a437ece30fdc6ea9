import { join, type Part } from './algorithm'
import { nodeCrypto } from './runtime'

const digest =
  (name: 'SHA-256' | 'SHA-512') =>
  async (parts: readonly Part[]): Promise<Uint8Array> => {
    if (!nodeCrypto) return new Uint8Array(await crypto.subtle.digest(name, join(parts)))
    const hash = nodeCrypto.createHash(name.replace('-', '').toLowerCase())
    for (const part of parts) hash.update(part)
    return hash.digest()
  }

/** The SHA-256 of some bytes. */
export const sha256 = /* @__PURE__ */ digest('SHA-256')

/** The SHA-512 of some bytes. */
export const sha512 = /* @__PURE__ */ digest('SHA-512')
