import { utf8 } from '../../core/bytes'
import { type Hypothesis, textOf } from '../evidence'
import { bodyGuess } from './guess'

/** Each byte as a character: by its number, and as browsers read what calls itself Latin-1. */
const charsets = {
  'Latin-1': (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''),
  'Windows-1252': (bytes: Uint8Array) => new TextDecoder('windows-1252').decode(bytes),
} as const

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** The bytes that a charset reads as a text, or undefined where it has none for one of its characters. */
function encode(text: string, decode: (bytes: Uint8Array) => string): Uint8Array | undefined {
  const byteOf = new Map([...decode(everyByte)].map((character, byte) => [character, byte]))
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const byte = byteOf.get(text.charAt(at))
    if (byte === undefined) return undefined
    bytes[at] = byte
  }
  return bytes
}

/** A body that was read in another charset than the sender’s UTF-8. */
export const charset: Hypothesis = {
  part: 'body',
  rulesOut: 'a body decoded as Latin-1 or Windows-1252 instead of UTF-8',
  *guesses({ text, body }) {
    for (const [name, decode] of Object.entries(charsets)) {
      if (text === undefined) {
        yield bodyGuess('body_charset', `The body is in ${name}; it was signed in UTF-8.`, utf8(decode(body)))
        continue
      }
      const bytes = /[\u0080-\uffff]/.test(text) ? encode(text, decode) : undefined
      if (bytes === undefined) continue
      const signed = textOf(bytes) === undefined ? `in ${name}` : 'in UTF-8'
      yield bodyGuess('body_charset', `The body was decoded as ${name} and encoded as UTF-8; it was signed ${signed}.`, bytes)
    }
  },
}
