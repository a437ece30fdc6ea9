import { join, type Part } from './algorithm'
import { nodeCrypto } from './runtime'

/** The SHA-256 of some bytes. */
export async function sha256(parts: readonly Part[]): Promise<Uint8Array> {
  if (!nodeCrypto) return new Uint8Array(await crypto.subtle.digest('SHA-256', join(parts)))
  const hash = nodeCrypto.createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
