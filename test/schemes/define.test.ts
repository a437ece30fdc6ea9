import { ConfigurationError, defineScheme, type SchemeDescription } from 'countersign'
import * as named from 'countersign/schemes'
import { ed25519, schemes } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { signsAnId } from '../../src/receiver/key'
import { inBody } from '../../src/schemes/proofs/in-body'

const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const plain: SchemeDescription = { name: 'acme', signature: { header: 'x-sig' } }

describe('defineScheme', () => {
  it('fills in the defaults', () => {
    expect(defineScheme(plain)).toMatchObject({
      name: 'acme',
      content: ['body'],
      algorithm: { name: 'hmac-sha256' },
      encoding: 'hex',
      key: { encoding: 'utf8' },
      unit: 's',
      toleranceSeconds: false,
    })
    expect(defineScheme({ ...plain, timestamp: { header: 'x-at' } }).toleranceSeconds).toBe(300)
    expect(defineScheme({ ...plain, algorithm: ed25519 }).key).toEqual({ encoding: 'base64' })
    expect(defineScheme({ ...plain, algorithm: 'hmac-sha512', key: 'hex' })).toMatchObject({
      algorithm: { name: 'hmac-sha512' },
      key: { encoding: 'hex' },
    })
  })

  it('lowers the names of headers', () => {
    const scheme = defineScheme({
      ...plain,
      signature: { header: 'X-Sig' },
      id: { header: 'X-Id' },
      type: { header: 'X-Topic' },
      timestamp: { header: 'X-At' },
    })
    expect(scheme).toMatchObject({
      signature: { header: 'x-sig' },
      id: { header: 'x-id', signed: false },
      type: { header: 'x-topic' },
      timestamp: { header: 'x-at' },
    })
  })

  it('cannot be changed afterwards', () => expect(Object.isFrozen(defineScheme(plain))).toBe(true))

  it.each<[string, Partial<SchemeDescription>, RegExp]>([
    ['a signature that is text', { signature: 'x-sig' as never }, /signature.header/],
    ['content that is text', { content: 'body' as never }, /`content` to hold/],
    ['another encoding', { encoding: 'HEX' as never }, /Expected `encoding` to be hex, base64, base64url, utf8/],
    ['another unit', { unit: 'seconds' as never }, /Expected `unit` to be s, ms, iso/],
    ['a name with capitals', { name: 'Acme' }, /kebab-case/],
    ['a name with a slash', { name: 'a/b' }, /kebab-case/],
    ['no name', { name: undefined as never }, /Expected `name` to be kebab-case, got undefined/],
    ['a proof that cannot be read', { proof: {} as never }, /Expected `proof` to be an object with read, got/],
    ['a proof that is null', { proof: null as never }, /Expected `proof` to be an object with read, got/],
    ['no signature', { signature: undefined as never }, /signature.header/],
    ['a signature in the body without a proof', { signature: { body: '/signature' } }, /signature.header/],
    ['a signature nowhere in the body', { signature: { body: '' }, proof: inBody() }, /signature.header/],
    ['a value of the body without a proof', { content: [{ body: '/a' }] }, /\{ text \}/],
    ['a value of nowhere in the body', { content: [{ body: '' }], proof: inBody() }, /\{ text \}/],
    ['an id beside the body, though times are RFC 3339', { content: ['id', 'body'], id: { header: 'x-id' }, unit: 'iso' }, /put/],
    ['no header', { signature: { header: '' } }, /signature.header/],
    ['an unknown algorithm', { algorithm: 'md5' as never }, /hmac-sha1, hmac-sha256/],
    ['an inherited name as algorithm', { algorithm: 'toString' as never }, /hmac-sha1/],
    ['an algorithm that is null', { algorithm: null as never }, /hmac-sha1/],
    ['an algorithm that cannot verify', { algorithm: { ...ed25519, verifier: undefined as never } }, /hmac-sha1/],
    ['an algorithm that cannot sign', { algorithm: { ...ed25519, signer: undefined as never } }, /hmac-sha1/],
    [
      'an unknown encoding',
      { encoding: 'base32' as never },
      /Expected `encoding` to be hex, base64, base64url, utf8, got "base32"/,
    ],
    ['an unknown key', { key: 'base64url' as never }, /Expected `key` to be utf8, hex, base64, got "base64url"/],
    ['a key that is null', { key: null as never }, /Expected `key` to be/],
    ['a key of an unknown encoding', { key: { encoding: 'base58' as never } }, /Expected `key` to be/],
    ['an unknown unit', { unit: 'm' as never }, /Expected `unit` to be s, ms, iso, got "m"/],
    ['retries of no time', { retry: {} as never }, /Expected `retry` to be/],
    ['retries that are null', { retry: null as never }, /Expected `retry` to be/],
    ['retries for ever', { retry: { windowSeconds: Number.POSITIVE_INFINITY, resigned: true } }, /Expected `retry` to be/],
    ['a limit that is text', { maxBodyBytes: '9' as never }, /Expected `maxBodyBytes`/],
    ['a limit of nothing', { maxBodyBytes: 0 }, /Expected `maxBodyBytes` to be a number of 1 or more, got 0/],
    ['no content', { content: [] }, /content/],
    ['a content that is no list', { content: 'body' as never }, /content/],
    ['an unknown piece', { content: ['header' as never] }, /id, timestamp, body, url, method or \{ text \}/],
    ['an empty text', { content: [{ text: '' }, 'body'] }, /\{ text \}/],
    ['a tolerance that is text', { toleranceSeconds: '5' as never }, /toleranceSeconds/],
    ['a tolerance of NaN', { toleranceSeconds: Number.NaN }, /toleranceSeconds/],
    ['a tolerance below 0', { toleranceSeconds: -1 }, /toleranceSeconds/],
    ['a tolerance of Infinity', { toleranceSeconds: Number.POSITIVE_INFINITY }, /toleranceSeconds/],
    ['a time that is nowhere', { content: ['timestamp', { text: '.' }, 'body'] }, /timestamp.header/],
    [
      'a signed time in the body',
      { content: ['timestamp', { text: '.' }, 'body'], timestamp: { body: '/at' } },
      /timestamp.header/,
    ],
    ['an id that is nowhere', { content: ['id', { text: '.' }, 'body'] }, /id.header/],
    ['a signed id in the body', { content: ['id', { text: '.' }, 'body'], id: { body: '/id' } }, /id.header/],
    ['an id beside the body', { content: ['id', 'body'], id: { header: 'x-id' } }, /put a \{ text \} between/],
    [
      'an id beside Unix seconds',
      { content: ['id', 'timestamp', 'body'], id: { header: 'x-id' }, timestamp: { header: 'x-at' } },
      /put a \{ text \} between/,
    ],
    ['an id after the body', { content: ['body', { text: '.' }, 'id'], id: { header: 'x-id' } }, /after the body/],
    ['an id after the url', { content: ['url', { text: '.' }, 'id'], id: { header: 'x-id' } }, /after the body or the url/],
    ['an id said to be signed that is not', { id: { header: 'x-id', signed: true } }, /id.signed/],
    [
      'an id said not to be signed that is',
      { content: ['id', { text: '.' }, 'body'], id: { header: 'x-id', signed: false } },
      /id.signed/,
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => defineScheme({ ...plain, ...change })).toThrow(message)
    expect(() => defineScheme({ ...plain, ...change })).toThrow(/^Expected `.+` .+, got ./)
    expect(() => defineScheme({ ...plain, ...change })).toThrow(ConfigurationError)
    expect(() => defineScheme({ ...plain, ...change })).toThrow(expect.objectContaining({ code: 'invalid_scheme' }))
  })

  it('refuses a part of a description that is misspelt', () => {
    expect(() => defineScheme({ ...plain, contents: ['body'] } as never)).toThrow('Expected the option `content`, got `contents`')
  })

  it.each([undefined, null, 'acme'])('refuses %s in place of a description', (description) => {
    expect(() => defineScheme(description as never)).toThrow(/^Expected `description` to be an object, got/)
  })

  it('takes a signature and values in the body where a proof reads them, and an id before a time in RFC 3339', () => {
    const scheme = defineScheme({
      ...plain,
      content: [{ body: '/a' }],
      signature: { body: '/signature' },
      proof: inBody(),
      toleranceSeconds: 0,
    })
    expect(scheme).toMatchObject({ signature: { body: '/signature' }, toleranceSeconds: 0 })
    const joined = { content: ['id', 'timestamp', 'body'], id: { header: 'x-id' }, timestamp: { header: 'x-at' } } as const
    expect(defineScheme({ ...plain, ...joined, unit: 'iso' })).toMatchObject({ id: { signed: true } })
  })
})

it('every exported scheme is in `schemes`', () => {
  const isScheme = (value: unknown) => typeof value === 'object' && value !== null && 'signature' in value
  expect(new Set(Object.values(named).filter(isScheme))).toEqual(new Set(Object.values(schemes)))
})

describe.each(Object.entries(schemes))('the built-in scheme %s', (name, scheme) => {
  it('passes the checks of defineScheme and is what it would make', () => {
    expect(defineScheme(scheme)).toEqual(scheme)
    expect(scheme.name).toBe(name)
    expect(scheme.timing !== undefined).toBe(scheme.timestamp !== undefined)
  })

  it('is exported under its name in camel case', () => {
    expect((named as Record<string, unknown>)[camel(name)]).toBe(scheme)
  })

  it('has a key for every event', () => {
    expect(signsAnId(scheme) || scheme.bodyIsKey).toBe(true)
  })
})
