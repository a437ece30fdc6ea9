import { utf8 } from './bytes'
import type { decode } from './encoding'

/** Bytes are read more quickly than characters, of which each can take three. */
const scratch = new Uint8Array(384)
const longest = scratch.length / 3
const encoder = new TextEncoder()
const none = 64
const padding = 61

/** What each byte of a text is worth as a digit (RFC 4648, sections 4, 5 and 8). */
function worths(digits: string): Uint8Array {
  const values = new Uint8Array(256).fill(none)
  for (let value = 0; value < digits.length; value++) values[digits.charCodeAt(value)] = value
  return values
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const hex = worths('0123456789abcdef')
const base64 = worths(`${letters}+/`)
const base64url = worths(`${letters}-_`)

/** Decodes more quickly than `atob`, with the same results as `decode`. */
export const decodeQuickly =
  (slowly: typeof decode): typeof decode =>
  (text, encoding) => {
    if (encoding === 'utf8') return slowly(text, encoding)
    const isShort = text.length <= longest
    const codes = isShort ? scratch : utf8(text)
    let length = isShort ? encoder.encodeInto(text, codes).written : codes.length
    if (encoding === 'hex') return readHex(codes, length)
    if (encoding === 'base64url') return readBase64(codes, length, base64url)
    if (length % 4 !== 0) return undefined
    if (codes[length - 1] === padding) length--
    if (codes[length - 1] === padding) length--
    return readBase64(codes, length, base64)
  }

function readHex(codes: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (length % 2 !== 0) return undefined
  const worth = (at: number) => hex[codes[at] as number] as number
  const bytes = new Uint8Array(length / 2)
  let seen = 0
  for (let at = 0; at < length; at += 2) {
    const high = worth(at)
    const low = worth(at + 1)
    seen |= high | low
    bytes[at >> 1] = (high << 4) | low
  }
  return seen < none ? bytes : undefined
}

function readBase64(codes: Uint8Array, length: number, values: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const rest = length % 4
  if (rest === 1) return undefined
  const worth = (at: number) => (at < length ? (values[codes[at] as number] as number) : 0)
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let seen = 0
  let end = 0
  for (let at = 0; at < length; at += 4) {
    const first = worth(at)
    const second = worth(at + 1)
    const third = worth(at + 2)
    const fourth = worth(at + 3)
    seen |= first | second | third | fourth
    bytes[end++] = (first << 2) | (second >> 4)
    // Of the last digits some bits stand for nothing, and must be 0.
    if (end < bytes.length) bytes[end++] = (second << 4) | (third >> 2)
    else if (second & 15) return undefined
    if (end < bytes.length) bytes[end++] = (third << 6) | fourth
    else if (third & 3) return undefined
  }
  return seen < none ? bytes : undefined
}
