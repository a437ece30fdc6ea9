import { decodeQuickly } from '../core/decoding'
import { accelerateDecoding, type Encoding } from '../core/encoding'
import type { Part } from './algorithm'
import { accelerate } from './hmac'
import { type NodeCrypto, nodeCrypto } from './runtime'

// Loaded for its effect, and in a file of its own: bundlers leave it out (`sideEffects` of package.json), since in a browser it has none.

type Hash = NonNullable<NodeCrypto['hash']>

/** Where a message stands while it is hashed at once, which is quicker than in pieces up to about this length. */
const memory = new ArrayBuffer(80_000)
const scratch = new Uint8Array(memory)
const encoder = new TextEncoder()
const blockBytes = 64
const hashBytes = 32

/** Writes a part behind what stands in the scratch; gives where it ends, which is past the scratch if it has no room. */
function put(part: Part, start: number): number {
  const { length } = part
  // A character takes up to three bytes.
  if (start + length * (typeof part === 'string' ? 3 : 1) > scratch.length) return Number.POSITIVE_INFINITY
  if (typeof part !== 'string') {
    scratch.set(part, start)
    return start + length
  }
  // Calling the encoder costs as much as some sixty characters.
  for (let at = 0; at < length && length < 64; at++) {
    const code = part.charCodeAt(at)
    if (code > 127) break
    scratch[start + at] = code
    if (at === length - 1) return start + length
  }
  return start + encoder.encodeInto(part, scratch.subarray(start)).written
}

/** A key that makes HMAC-SHA256 as two hashes (RFC 2104, section 2), each as text, which comes quicker than bytes. */
function quickMac(key: Uint8Array, hash: Hash) {
  const pad = (byte: number, length: number) => new Uint8Array(length).map((_, at) => byte ^ (key[at] as number))
  const inner = pad(0x36, blockBytes)
  // With room for the inner hash behind it.
  const outer = pad(0x5c, blockBytes + hashBytes)
  return (parts: readonly Part[], encoding: Encoding | 'latin1'): string | undefined => {
    scratch.set(inner)
    let end = blockBytes
    for (const part of parts) end = put(part, end)
    if (end > scratch.length) return undefined
    fill(outer, hash('sha256', new Uint8Array(memory, 0, end), 'latin1'), blockBytes)
    return hash('sha256', outer, encoding)
  }
}

/** Writes a hash, of one character for each byte, into an array. */
function fill(target: Uint8Array, text: string, start: number): Uint8Array {
  for (let at = 0; at < hashBytes; at++) target[start + at] = text.charCodeAt(at)
  return target
}

/** Native code is given the same two arrays every time: what it is given for the first time takes ten times as long. */
const expected = new Uint8Array(hashBytes)
const given = new Uint8Array(hashBytes)

function quicken({ timingSafeEqual }: NodeCrypto, hash: Hash) {
  accelerate((slowly) => (name, bytes) => {
    const key = slowly(name, bytes)
    if (name !== 'sha256' || bytes.length > blockBytes) return key
    const write = quickMac(bytes, hash)
    return {
      ...key,
      write,
      sign(parts) {
        const text = write(parts, 'latin1')
        return text === undefined ? key.sign(parts) : fill(new Uint8Array(hashBytes), text, 0)
      },
      matches(parts, candidates) {
        const text = write(parts, 'latin1')
        if (text === undefined) expected.set(key.sign(parts) as Uint8Array)
        else fill(expected, text, 0)
        for (const candidate of candidates) {
          if (candidate.length !== hashBytes) continue
          given.set(candidate)
          if (timingSafeEqual(expected, given)) return true
        }
        return false
      },
    }
  })
}

accelerateDecoding(decodeQuickly)
if (nodeCrypto?.hash) quicken(nodeCrypto, nodeCrypto.hash)
