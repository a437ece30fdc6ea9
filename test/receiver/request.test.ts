import { generateSecret, type HeadersInput, type Scheme, sign } from 'countersign'
import { github, standardWebhooks } from 'countersign/schemes'
import { describe, expect, it, vi } from 'vitest'
import { createReceiving } from '../../src/receiver/receiver'
import { asCalled, finishReading, headerOf, toHeaders, unverified } from '../../src/receiver/request'

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

describe('a body', () => {
  const bytes = new TextEncoder().encode('{}')

  /** What an adapter hands over whose bytes are there in the next microtask. */
  const soon = () => {
    let isThere = false
    queueMicrotask(() => {
      isThere = true
    })
    return () => (isThere ? bytes : new Uint8Array())
  }

  it.each([
    ['now', () => bytes],
    ['later', async () => bytes],
    ['in the next microtask', soon],
  ])('is read that is there %s', async (_when, readBody) => {
    expect(await finishReading(readBody())).toBe(bytes)
    const secret = generateSecret()
    const handler = vi.fn(() => undefined)
    const { receive } = createReceiving({ scheme: github, secret }, handler, vi.fn())
    const headers = await sign(github, { secret, body: bytes })
    expect((await receive({ ...incoming(), headers, readBody })).status).toBe(200)
    expect(handler).toHaveBeenCalledWith(expect.objectContaining({ body: bytes }), expect.anything())
  })

  it.each<[string, string, number, Scheme]>([
    ['without', 'not at all', 0, github],
    ['with', 'once', 1, standardWebhooks],
  ])('of a scheme %s a time has the clock asked %s', async (_with, _often, times, scheme) => {
    const secret = generateSecret()
    const now = vi.fn(() => new Date())
    const { receive } = createReceiving({ scheme, secret, now }, () => undefined, vi.fn())
    const headers = await sign(scheme, { secret, body: bytes })
    expect((await receive({ ...incoming(), headers, readBody: () => bytes })).status).toBe(200)
    expect(now).toHaveBeenCalledTimes(times)
  })
})

it('is explained by the time of the receiver, also where the scheme has none: it may be of one that has', async () => {
  const explain = vi.fn(async () => ({ outcome: 'explained', explanation: '', mend: '' }))
  const now = new Date()
  const options = { scheme: github, secret: generateSecret(), explain: true, observe: () => undefined, now: () => now }
  const { receive } = createReceiving(options, () => undefined, explain)
  expect((await receive({ ...incoming(), readBody: () => new Uint8Array() })).status).toBe(401)
  expect(explain).toHaveBeenCalledWith(github, expect.objectContaining({ now }))
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
