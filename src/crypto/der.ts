import { concat } from '../core/bytes'

/** A value of ASN.1 in DER: what it is, and what it holds. */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
}

export const tags = { integer: 0x02, bits: 0x03, octets: 0x04, sequence: 0x30 } as const

/** The values that the bytes are made of, one after the other; undefined where they are not the one DER of them (X.690, section 10). */
export function readDer(bytes: Uint8Array): DerValue[] | undefined {
  const values: DerValue[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] as number
    let length = bytes[at + 1] ?? 0x80
    at += 2
    if (length >= 0x80) {
      const digits = bytes.subarray(at, at + (length & 0x7f))
      length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
      // The shortest form alone, which is never the indefinite one.
      if (length < 0x80 || digits[0] === 0) return undefined
      at += digits.length
    }
    if ((tag & 0x1f) === 0x1f || at + length > bytes.length) return undefined
    values.push({ tag, content: bytes.subarray(at, (at += length)) })
  }
  return values
}

/** The values of the one SEQUENCE that the bytes are, as long as they are of these tags; more may follow where `isOpen`. */
export function readSequence(bytes: Uint8Array, expected: readonly number[], isOpen = false): Uint8Array[] | undefined {
  const [value, second] = readDer(bytes) ?? []
  if (value?.tag !== tags.sequence || second) return undefined
  const values = readDer(value.content)
  const fits = values && (isOpen || values.length === expected.length) && expected.every((tag, at) => values[at]?.tag === tag)
  return fits ? values.map(({ content }) => content) : undefined
}

/** The digits of an INTEGER of 0 or more, without zeros before them; undefined where it is negative or not the shortest. */
export function readInteger(content: Uint8Array): Uint8Array | undefined {
  const [first = 0x80, second = 0x80] = content
  if (first >= 0x80 || (first === 0 && second < 0x80)) return undefined
  return withoutZeros(content)
}

/** The digits of a number without the zeros before them. */
export function withoutZeros(digits: Uint8Array): Uint8Array {
  const first = digits.findIndex((digit) => digit !== 0)
  return first < 0 ? digits.subarray(0, 0) : digits.subarray(first)
}

/** The DER of a value that holds these parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(parts)
  const digits: number[] = []
  for (let rest = content.length; rest > 0; rest >>= 8) digits.unshift(rest & 0xff)
  const length = content.length < 0x80 ? [content.length] : [0x80 | digits.length, ...digits]
  return concat([Uint8Array.of(tag, ...length), content])
}

/** The DER of an INTEGER of 0 or more, of its digits. */
export function writeInteger(digits: Uint8Array): Uint8Array<ArrayBuffer> {
  const shortest = withoutZeros(digits)
  return (shortest[0] ?? 0x80) < 0x80 ? writeDer(tags.integer, shortest) : writeDer(tags.integer, Uint8Array.of(0), shortest)
}
