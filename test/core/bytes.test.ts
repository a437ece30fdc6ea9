import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { concat, toBytes, toPart, utf8, whole } from '../../src/core/bytes'

describe('toBytes', () => {
  it('takes text as UTF-8, never normalised', () => {
    expect(toBytes('é')).toEqual(new Uint8Array([0xc3, 0xa9]))
    expect(toBytes('e\u0301')).toEqual(new Uint8Array([0x65, 0xcc, 0x81]))
    expect(toBytes('\ufeff')).toEqual(new Uint8Array([0xef, 0xbb, 0xbf]))
  })

  it('takes bytes as they are, also a window on a larger buffer', () => {
    expect(toBytes(new Uint8Array([1, 2, 3]).subarray(1, 2))).toEqual(new Uint8Array([2]))
    expect(toBytes(Buffer.from('abc'))).toEqual(utf8('abc'))
    expect(toBytes(new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]))
  })

  it('takes the bytes of another realm', () => {
    expect(toBytes(runInNewContext('new Uint8Array([1, 2])'))).toEqual(new Uint8Array([1, 2]))
    expect(toBytes(runInNewContext('new Uint8Array([1, 2]).buffer'))).toEqual(new Uint8Array([1, 2]))
  })

  it.each([undefined, null, 7, {}, { id: 'evt_1' }, ['a']])('refuses %j and says what it wants', (body) => {
    expect(() => toBytes(body as never)).toThrow(/Expected `body` to be the raw body as text or bytes, unparsed, got/)
  })
})

describe('whole', () => {
  it('hands on one piece that fills its buffer, and copies a window into what others may have sent', () => {
    const alone = utf8('abc')
    expect(whole([alone]).buffer).toBe(alone.buffer)
    for (const window of [alone.subarray(0, 2), alone.subarray(1), Buffer.from('xabcx').subarray(1, 4)]) {
      const copy = whole([window])
      expect(copy).toEqual(new Uint8Array(window))
      expect(copy.buffer.byteLength).toBe(copy.length)
    }
  })

  it('gives plain bytes, in order, of any number of pieces', () => {
    expect(whole([])).toEqual(new Uint8Array())
    expect(whole([Buffer.from(new Uint8Array([97]).buffer)])).toEqual(utf8('a'))
    expect(whole([utf8('ab'), utf8('c')])).toEqual(utf8('abc'))
  })
})

describe('concat', () => {
  it('joins bytes in order', () => {
    expect(concat([])).toEqual(new Uint8Array())
    expect(concat([utf8('ab'), new Uint8Array(), utf8('c')])).toEqual(utf8('abc'))
  })
})

describe('toPart', () => {
  it('leaves text and bytes what they are, and makes bytes of the rest', () => {
    const bytes = Buffer.from('abc')
    expect(toPart('abc')).toBe('abc')
    expect(toPart(bytes)).toBe(bytes)
    expect(toPart(new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]))
    expect(() => toPart({} as never)).toThrow('Expected `body` to be the raw body')
  })
})
