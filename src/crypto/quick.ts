import { utf8 } from '../core/bytes'
import type { Part } from './algorithm'
import { accelerate } from './hmac'
import { type NodeCrypto, nodeCrypto } from './runtime'

// Loaded for its effect, and in a file of its own: bundlers leave it out (`sideEffects` of package.json), since in a browser it has none.

/** Where a message stands while it is hashed at once, which is quicker than in pieces up to about this length. */
const scratch = new Uint8Array(16_384)

/** HMAC-SHA256 as two hashes (RFC 2104, section 2), which is twice as quick; undefined for a message that is too long. */
function quickMac(key: Uint8Array, hash: NonNullable<NodeCrypto['hash']>): (parts: readonly Part[]) => Uint8Array | undefined {
  // The outer block, and room for the inner hash behind it.
  const outer = new Uint8Array(96).map((_, at) => (at < 64 ? 0x5c ^ (key[at] as number) : 0))
  // As text, which comes quicker than bytes.
  function digest(message: Uint8Array, target: Uint8Array, start: number) {
    const text = hash('sha256', message, 'latin1')
    for (let at = 0; at < 32; at++) target[start + at] = text.charCodeAt(at)
    return target
  }
  return (parts) => {
    for (let at = 0; at < 64; at++) scratch[at] = 0x6a ^ (outer[at] as number)
    let end = 64
    for (const part of parts) {
      const piece = typeof part === 'string' ? utf8(part) : part
      if (end + piece.length > scratch.length) return undefined
      scratch.set(piece, end)
      end += piece.length
    }
    digest(scratch.subarray(0, end), outer, 64)
    return digest(outer, new Uint8Array(32), 0)
  }
}

const { hash: hashAtOnce } = nodeCrypto ?? {}
if (hashAtOnce) accelerate((name, key) => (name === 'sha256' && key.length <= 64 ? quickMac(key, hashAtOnce) : undefined))
