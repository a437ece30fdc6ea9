import { utf8 } from './bytes'

/** How bytes are written as text: lower-case hex, padded base64, or base64url without padding. */
export type Encoding = 'hex' | 'base64' | 'base64url'

/** The text of some bytes. */
export function encode(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return encoding === 'base64' ? text : text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

/**
 * The bytes of a text, or undefined where it is not the one canonical text of those bytes.
 *
 * Strict in every runtime: no white space, no upper-case hex, no missing padding, no stray bits (RFC 4648, sections 3.2 to 3.5).
 */
export function decode(text: string, encoding: Encoding | 'utf8'): Uint8Array<ArrayBuffer> | undefined {
  if (encoding === 'utf8') return utf8(text)
  if (encoding === 'hex') {
    if (!/^([0-9a-f]{2})*$/.test(text)) return undefined
    return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  }
  let binary: string
  try {
    binary = atob(encoding === 'base64' ? text : text.replace(/-/g, '+').replace(/_/g, '/'))
  } catch {
    return undefined
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  return encode(bytes, encoding) === text ? bytes : undefined
}
