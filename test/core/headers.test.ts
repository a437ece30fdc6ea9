import { describe, expect, it } from 'vitest'
import { type HeadersInput, headerReader, readItems } from '../../src/core/headers'

const shapes: [string, (pairs: [string, string][]) => HeadersInput][] = [
  ['Headers', (pairs) => new Headers(pairs)],
  ['a record', (pairs) => Object.fromEntries(pairs)],
  ['a record of arrays', (pairs) => Object.fromEntries(pairs.map(([name, value]) => [name, [value]]))],
  ['an array of pairs', (pairs) => pairs],
  ['a Map', (pairs) => new Map(pairs)],
  [
    'a one-shot iterable',
    function* (pairs: [string, string][]) {
      yield* pairs
    } as (pairs: [string, string][]) => HeadersInput,
  ],
]

describe.each(shapes)('headers as %s', (_, shape) => {
  const read = headerReader(
    shape([
      ['X-Signature', 'abc'],
      ['x-empty', ''],
    ]),
  )

  it('are read by any case of their name, more than once', () => {
    expect(read('x-signature')).toBe('abc')
    expect(read('x-signature')).toBe('abc')
    expect(read('x-empty')).toBe('')
  })

  it('that are absent are undefined', () => expect(read('x-other')).toBeUndefined())
})

describe('a header in two values is refused', () => {
  it.each<[string, HeadersInput]>([
    ['an array of two', { 'x-signature': ['a', 'b'] }],
    ['two of the same', { 'x-signature': ['a', 'a'] }],
    ['two spellings', { 'x-signature': 'a', 'X-Signature': 'b' }],
    [
      'two pairs',
      [
        ['x-signature', 'a'],
        ['X-SIGNATURE', 'b'],
      ],
    ],
  ])('%s', (_, headers) => {
    expect(() => headerReader(headers)('x-signature')).toThrow(expect.objectContaining({ code: 'duplicate_header' }))
  })

  it.each([undefined, ',', ' '])('joined by the HTTP stack, in a list by %j', (list) => {
    const headers = new Headers([
      ['x-signature', 'v1=a'],
      ['x-signature', 'v1=b'],
    ])
    expect(() => readItems(headerReader(headers), { header: 'x-signature', prefix: 'v1=', ...(list && { list }) })).toThrow(
      expect.objectContaining({ code: 'duplicate_header' }),
    )
  })
})

describe('headerReader', () => {
  it('reads own properties only', () => {
    expect(headerReader(Object.create({ 'x-signature': 'a' }))('x-signature')).toBeUndefined()
    expect(headerReader({})('__proto__')).toBeUndefined()
  })

  it('takes what is no text for absent', () => {
    expect(headerReader({ a: undefined, b: 7 as never, c: [] })('a')).toBeUndefined()
    expect(headerReader({ a: undefined, b: 7 as never, c: [] })('b')).toBeUndefined()
    expect(headerReader({ a: undefined, b: 7 as never, c: [] })('c')).toBeUndefined()
  })

  it('passes over another spelling that is absent', () => {
    expect(headerReader({ 'X-Signature': 'a', 'x-signature': undefined })('x-signature')).toBe('a')
  })

  it.each([undefined, null, 'x-signature: a', 7])('refuses %j as the developer’s mistake', (headers) => {
    expect(() => headerReader(headers as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    expect(() => headerReader(headers as never)).toThrow(/^Expected `headers` to be Headers, a record or .*pairs, got /)
  })
})

describe('readItems', () => {
  const read = headerReader({ plain: 'sha256=ab', list: 't=1,v1=a,v1=b,v0=c', spaced: 't=1, v1=a' })

  it('gives what follows the prefix, and nothing for another prefix', () => {
    expect(readItems(read, { header: 'plain', prefix: 'sha256=' })).toEqual(['ab'])
    expect(readItems(read, { header: 'plain', prefix: 'SHA256=' })).toEqual([])
    expect(readItems(read, { header: 'plain' })).toEqual(['sha256=ab'])
  })

  it('gives every item of a list that has the prefix', () => {
    expect(readItems(read, { header: 'list', prefix: 'v1=', list: ',' })).toEqual(['a', 'b'])
    expect(readItems(read, { header: 'spaced', prefix: 'v1=', list: ', ' })).toEqual(['a'])
  })

  it('passes over items of nothing', () => {
    const gaps = headerReader({ gaps: ',v1=a,,v1=b,' })
    expect(readItems(gaps, { header: 'gaps', prefix: 'v1=', list: ',' })).toEqual(['a', 'b'])
    expect(readItems(gaps, { header: 'gaps', list: ',' })).toEqual(['', 'v1=a', '', 'v1=b', ''])
  })

  it('names the header that is absent', () => {
    expect(() => readItems(read, { header: 'x-none' })).toThrow(
      expect.objectContaining({ code: 'missing_header', hint: expect.stringContaining('x-none') }),
    )
  })
})
