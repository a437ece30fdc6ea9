import type { HeadersInput } from 'countersign'
import { describe, expect, it, vi } from 'vitest'
import { asCalled, headerOf, toHeaders, unverified } from '../../src/receiver/request'

const incoming = () => ({
  method: 'POST',
  url: vi.fn(() => 'https://shop.example/a?b=c'),
  headers: { 'X-One': '1' },
  params: {},
  readBody: vi.fn(),
})

describe('an unverified request', () => {
  it('makes its URL and its headers when they are first read, and once', () => {
    const given = incoming()
    const request = unverified(given)
    expect(given.url).not.toHaveBeenCalled()
    expect(request.url.href).toBe('https://shop.example/a?b=c')
    expect(request.url).toBe(request.url)
    expect(request.headers.get('x-one')).toBe('1')
    expect(request.headers).toBe(request.headers)
    expect(given.url).toHaveBeenCalledTimes(1)
  })

  it('has what the adapter knows of it', () => {
    const given = { method: 'PUT', params: { account: 'acct_1' }, context: { env: {} } }
    expect(unverified({ ...incoming(), ...given })).toMatchObject(given)
  })

  it('has a URL whatever a stranger called himself', () => {
    for (const text of ['http://[', 'http://a b/', '*', ''])
      expect(unverified({ ...incoming(), url: () => text }).url.href).toBe('http://localhost/')
  })
})

describe('the URL as it was called', () => {
  const url = 'http://inner:3000/a%2fb/../c?x=It\'s+"1"'

  it.each([
    ['https://shop.example', `https://shop.example/a%2fb/../c?x=It's+"1"`],
    ['HTTPS://user:pass@shop.example:8443/', `https://user:pass@shop.example:8443/a%2fb/../c?x=It's+"1"`],
    ['https://shop.example/in', `https://shop.example/in?x=It's+"1"`],
    ['https://shop.example/in?b=2#c', 'https://shop.example/in?b=2'],
    ['https://shop.example/?', `https://shop.example/a%2fb/../c?x=It's+"1"`],
    ['https:shop.example', `https://shop.example/a%2fb/../c?x=It's+"1"`],
  ])('at %s is %s', (publicUrl, expected) => expect(asCalled(url, publicUrl)).toBe(expected))

  it('has a path, whatever a stranger called', () => {
    for (const target of ['', 'http://inner', 'http://inner#a', '#', '*', '.evil.example/', '@evil.example/'])
      expect(asCalled(target, 'https://shop.example')).toBe('https://shop.example/')
    expect(asCalled('http://inner?a=1', 'https://shop.example')).toBe('https://shop.example/?a=1')
  })
})

describe('toHeaders', () => {
  it('takes every shape, and leaves out what no Headers can hold', () => {
    const headers = new Headers()
    expect(toHeaders(headers)).toBe(headers)
    expect([
      ...toHeaders([
        ['a', '1'],
        ['A', '2'],
      ]),
    ]).toEqual([['a', '1, 2']])
    expect([...toHeaders({ a: ['1', '2'], 'b c': 'x', d: 'line\nbreak', e: '€', f: undefined })]).toEqual([['a', '1, 2']])
  })
})

describe('headerOf', () => {
  it('is what Headers would have, of every shape', () => {
    const shapes: HeadersInput[] = [
      [
        ['X-One', '1'],
        ['x-two', 'a'],
        ['X-Two', 'b'],
      ],
      [['X-One', '1']],
      [['x-off', '0']],
      { 'X-One': '1', 'x-two': ['a', 'b'] },
      new Headers({ 'x-one': '1', 'x-two': 'a, b' }),
    ]
    for (const shape of shapes) {
      for (const name of ['x-one', 'x-two', 'x-off', 'y'])
        expect(headerOf(shape, name), name).toBe(toHeaders(shape).get(name) ?? undefined)
    }
    expect(shapes.map((shape) => headerOf(shape, 'x-two'))).toEqual(['a, b', undefined, undefined, 'a, b', 'a, b'])
  })

  it('knows nothing of a header in two values that no Headers can hold', () => {
    const pairs: [string, string][] = [
      ['x-two', 'a\nb'],
      ['x-two', '😀'],
    ]
    expect(headerOf(pairs, 'x-two')).toBe(toHeaders(pairs).get('x-two') ?? undefined)
    expect(headerOf(pairs, 'x-two')).toBeUndefined()
  })
})
