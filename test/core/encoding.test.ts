import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, type Encoding, encode } from '../../src/core/encoding'

const encodings: Encoding[] = ['hex', 'base64', 'base64url']

describe.each(encodings)('%s', (encoding) => {
  test.prop([fc.uint8Array({ maxLength: 200 })])('writes what Node writes and reads it back', (bytes) => {
    const text = encode(bytes, encoding)
    expect(text).toBe(Buffer.from(bytes).toString(encoding))
    expect(decode(text, encoding)).toEqual(new Uint8Array(bytes))
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 30 })])('reads nothing but the one canonical text of some bytes', (text) => {
    const bytes = decode(text, encoding)
    if (bytes) expect(encode(bytes, encoding)).toBe(text)
  })
})

describe('decode refuses', () => {
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
    ['base64', 'AAAA\n', 'a line break'],
    ['base64', ' AAAA', 'white space'],
    ['base64', '-_-_', 'the other alphabet'],
    ['base64', 'A', 'a lone digit'],
    ['base64', 'ÀAAA', 'another character'],
    ['base64url', '+/+/', 'the other alphabet'],
    ['base64url', 'AA==', 'padding'],
    ['base64url', 'AB', 'stray bits'],
  ] as const)('%s %j: %s', (encoding, text, _reason) => {
    expect(decode(text, encoding)).toBeUndefined()
  })
})
