import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeQuickly } from '../../src/core/decoding'
import { decode as decodeAnywhere, type Encoding, encode } from '../../src/core/encoding'

const encodings: Encoding[] = ['hex', 'base64', 'base64url']
const decoders = [
  ['anywhere', decodeAnywhere],
  ['quickly', decodeQuickly(decodeAnywhere)],
] as const

describe.each(decoders.flatMap(([name, decode]) => encodings.map((encoding) => [encoding, name, decode] as const)))(
  '%s, %s',
  (encoding, _, decode) => {
    test.prop([fc.uint8Array({ maxLength: 200 })])('writes what Node writes and reads it back', (bytes) => {
      const text = encode(bytes, encoding)
      expect(text).toBe(Buffer.from(bytes).toString(encoding))
      expect(decode(text, encoding)).toEqual(new Uint8Array(bytes))
    })

    test.prop([fc.string({ unit: 'binary', maxLength: 30 })])(
      'reads nothing but the one canonical text of some bytes',
      (text) => {
        const bytes = decode(text, encoding)
        if (bytes) expect(encode(bytes, encoding)).toBe(text)
      },
    )

    it('takes a text of any length', () => {
      for (const length of [95, 96, 97, 287, 288, 289, 5000]) {
        const bytes = Uint8Array.from({ length }, (_, at) => at * 7)
        expect(decode(Buffer.from(bytes).toString(encoding), encoding)).toEqual(bytes)
      }
    })
  },
)

describe('decoded quickly', () => {
  const [, [, quickly]] = decoders

  test.prop([fc.constantFrom(...encodings), fc.string({ unit: fc.constantFrom(...'09afAFgZz+/-_=\n é'), maxLength: 300 })])(
    'is what it is anywhere',
    (encoding, text) => {
      expect(quickly(text, encoding)).toEqual(decodeAnywhere(text, encoding))
    },
  )

  test.prop([fc.constantFrom(...encodings), fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.constantFrom(...'0aAbg+/-_= ', '')])(
    'one character changed is what it is anywhere',
    (encoding, bytes, place, character) => {
      const text = encode(bytes, encoding)
      const at = place % (text.length + 1)
      const changed = text.slice(0, at) + character + text.slice(at + 1)
      expect(quickly(changed, encoding)).toEqual(decodeAnywhere(changed, encoding))
    },
  )
})

describe.each(decoders)('decoding %s refuses', (_, decode) => {
  it.each([
    ['hex', 'ABCD', 'upper case'],
    ['hex', 'abc', 'an odd digit'],
    ['hex', 'ab cd', 'white space'],
    ['hex', 'ab\n', 'a line break at the end'],
    ['hex', '0xab', 'a prefix'],
    ['base64', 'AAA', 'missing padding'],
    ['base64', 'AA=', 'half the padding'],
    ['base64', 'AAAA====', 'too much padding'],
    ['base64', 'AB==', 'stray bits'],
    ['base64', 'AI==', 'the highest stray bit'],
    ['base64', 'AAB=', 'stray bits'],
    ['base64', 'AAC=', 'the highest stray bit'],
    ['base64', 'AAAA\n', 'a line break'],
    ['base64', ' AAAA', 'white space'],
    ['base64', '-_-_', 'the other alphabet'],
    ['base64', 'A', 'a lone digit'],
    ['base64', 'ÀAAA', 'another character'],
    ['base64url', '+/+/', 'the other alphabet'],
    ['base64url', 'AA==', 'padding'],
    ['base64url', 'AB', 'stray bits'],
    ['base64url', 'AAC', 'the highest stray bit'],
  ] as const)('%s %j: %s', (encoding, text, _reason) => {
    expect(decode(text, encoding)).toBeUndefined()
  })
})
