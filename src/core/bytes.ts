import { describe, refuseOption } from './options'

/** What was sent, to the byte; a string stands for its UTF-8 bytes. */
export type Body = string | Uint8Array | ArrayBuffer

const encoder = new TextEncoder()

/** The UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** The bytes of a body, without a copy where it is bytes already. */
export function toBytes(body: Body): Uint8Array {
  if (typeof body === 'string') return utf8(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  // By its tag and not by instanceof: test runners and iframes have an ArrayBuffer of their own.
  if (describe(body) === '[object ArrayBuffer]') return new Uint8Array(body)
  refuseOption('body', 'the raw body as text or bytes, unparsed', body)
}

/** A body as it is, where it is text or bytes: text is not made bytes before somebody needs them. */
export const toPart = (body: Body): string | Uint8Array =>
  typeof body === 'string' || body instanceof Uint8Array ? body : toBytes(body)

/** All the bytes, in order, and nothing else in their buffer; without a copy where they are one piece that fills it. */
export function whole(parts: readonly Uint8Array[]): Uint8Array {
  const [first, second] = parts
  // HTTP/2 and pools give windows into what others have sent, too.
  const isAlone = first && !second && first.byteLength === first.buffer.byteLength
  return isAlone ? toBytes(first) : concat(parts)
}

/** One new array of all the bytes, in order. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
