import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { test } from '@fast-check/vitest'
import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { signedRequest } from 'countersign/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpSignatures } from '../../src/schemes/rfc9421'
import { load, runtimes } from '../crypto/runtimes'
import { keys } from './rfc9421-keys'

const p256Private = String(createPrivateKey(keys.p256.sec1).export({ format: 'pem', type: 'pkcs8' }))
const pairs = {
  rfc9421HmacSha256: [keys.shared, keys.shared],
  rfc9421Ed25519: [keys.ed25519.privateKey, keys.ed25519.publicKey],
  rfc9421EcdsaP256Sha256: [p256Private, keys.p256.publicKey],
  rfc9421RsaPssSha512: [keys.rsaPss.privateKey, keys.rsaPss.publicKey],
} as const
type Name = keyof typeof pairs

const now = new Date(1618884473_000)
const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
/** The request of RFC 9421, appendix B.2. */
const example = {
  url: 'https://example.com/foo?param=Value&Pet=dog',
  body: '{"hello": "world"}',
  headers: {
    host: 'example.com',
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-digest': digest,
    'content-length': '18',
  },
  now,
}
const signed = (input: string, signature: string, request = example) => ({
  ...request,
  headers: { ...request.headers, 'signature-input': input, signature },
})

const b22 = signed(
  'sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
  'sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:',
)
const b23 = signed(
  'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
  'sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:',
)
const b25 = signed(
  'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
  'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
)
const b26 = signed(
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
)
const certificate =
  ':MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:'
const b3 = {
  ...signed(
    'ttrp=("@path" "@query" "@method" "@authority" "client-cert");created=1618884473;keyid="test-key-ecc-p256"',
    'ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw==:',
    { ...example, headers: { ...example.headers, 'client-cert': certificate } as typeof example.headers },
  ),
  url: 'https://service.internal.example/foo?param=Value&Pet=dog',
}
const b4 = {
  url: 'https://example.org/demo?name1=Value1&Name2=value2',
  method: 'GET',
  body: '',
  headers: {
    accept: 'application/json, */*',
    'signature-input': 'transform=("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
    signature: 'transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:',
  },
  now,
}
const examples = [
  ['B.2.2', 'rfc9421RsaPssSha512', b22],
  ['B.2.3', 'rfc9421RsaPssSha512', b23],
  ['B.2.5', 'rfc9421HmacSha256', b25],
  ['B.2.6', 'rfc9421Ed25519', b26],
  ['B.3', 'rfc9421EcdsaP256Sha256', b3],
  ['B.4', 'rfc9421Ed25519', b4],
] as const

for (const runtime of runtimes) {
  const library = await load(runtime, async () => ({
    ...(await import('countersign')),
    ...(await import('../../src/schemes/rfc9421')),
    ...(await import('../../src/crypto/ecdsa')),
    ...(await import('../../src/crypto/ed25519')),
    ...(await import('../../src/crypto/rsa')),
  }))
  const { sign, verify, httpSignatures, VerificationError, ConfigurationError } = library
  const hmac = library.rfc9421HmacSha256
  const strict = httpSignatures({ algorithm: 'hmac-sha256', components: ['@method', '@target-uri', 'content-digest'] })
  const secret = keys.shared
  const url = 'https://example.com/hooks?a=1'

  /** The code of the refusal; undefined where there is none. */
  const codeOf = (verified: Promise<unknown>) =>
    verified.then(
      () => undefined,
      (error) => {
        expect(error).toBeInstanceOf(VerificationError)
        return error.code as string
      },
    )
  /** What a sender with the secret would say of these components, whatever they are. */
  const forge = async (list: string, base: string, label = 'sig1') => {
    const { createHmac } = await import('node:crypto')
    const content = `${base}${base && '\n'}"@signature-params": ${list}`
    const mac = createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64')
    return { 'signature-input': `${label}=${list}`, signature: `${label}=:${mac}:` }
  }
  const check = (headers: Record<string, string>, more = {}) => verify(hmac, { secret, url, body: '', headers, now, ...more })

  describe(`RFC 9421 under ${runtime}`, () => {
    describe('its examples', () => {
      it.each(examples)('%s holds', async (_, name, request) => {
        const scheme = library[name]
        await expect(verify(scheme, { secret: pairs[name][1], ...request })).resolves.toEqual({
          scheme: scheme.name,
          id: undefined,
          idIsSigned: false,
          timestamp: now,
          secretIndex: 0,
        })
        const other = { ...request, headers: new Headers(request.headers) }
        await expect(verify(scheme, { secret: pairs[name][1], ...other })).resolves.toBeDefined()
      })

      it.each(examples)('%s holds for nothing else', async (_, name, request) => {
        const [scheme, publicKey] = [library[name], pairs[name][1]]
        const changed = (
          change: Partial<Omit<typeof example, 'headers'>> & { method?: string; headers?: Record<string, string> },
        ) => codeOf(verify(scheme, { secret: publicKey, ...request, ...change }))
        expect(await changed({ url: request.url.replace('//', '//x.') })).toBe('signature_mismatch')
        const covered = request.headers['signature-input'].includes('content-type') ? 'content-type' : undefined
        if (covered)
          expect(await changed({ headers: { ...request.headers, [covered]: 'text/plain' } })).toBe('signature_mismatch')
        if (request.headers['signature-input'].includes('@method'))
          expect(await changed({ method: 'PUT' })).toBe('signature_mismatch')
        expect(await changed({ now: new Date(now.getTime() + 301_000) })).toBe('timestamp_too_old')
        expect(await changed({ now: new Date(now.getTime() - 301_000) })).toBe('timestamp_too_new')
      })

      it('B.2.1, which covers nothing, is refused', async () => {
        const input = 'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"'
        const signature =
          'sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:'
        const options = { secret: keys.rsaPss.publicKey, ...signed(input, signature) }
        expect(await codeOf(verify(library.rfc9421RsaPssSha512, options))).toBe('no_signature')
      })
    })

    describe.each(Object.keys(pairs) as Name[])('%s', (name) => {
      const scheme = library[name]
      const [privateKey, publicKey] = pairs[name]

      test.prop(
        [fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true }), fc.constantFrom('POST', 'PUT', 'PATCH')],
        {
          numRuns: 10,
        },
      )('verifies what it signs, and nothing else', async (body, url, method) => {
        const request = { body, url, method }
        const headers = await sign(scheme, { secret: privateKey, ...request })
        expect(Object.keys(headers).sort()).toEqual(['content-digest', 'signature', 'signature-input'])
        const arrived = { secret: publicKey, headers, ...request, url: new URL(url) }
        await expect(verify(scheme, arrived)).resolves.toMatchObject({ scheme: scheme.name, secretIndex: 0 })
        for (const change of [
          { body: `${body}!` },
          { method: 'GET' },
          { url: `${url}x` },
          { headers: { ...headers, 'signature-input': `${headers['signature-input']};nonce="1"` } },
        ]) {
          expect(await codeOf(verify(scheme, { ...arrived, ...change }))).toBe('signature_mismatch')
        }
      })

      it('says which key it is where the JWK has an id', async () => {
        if (name === 'rfc9421HmacSha256') return
        const key = createPrivateKey(privateKey)
        // No JWK of a key that is for PSS alone.
        if (key.asymmetricKeyType === 'rsa-pss') return
        const jwk = { ...key.export({ format: 'jwk' }), kid: 'a "key"\\1' }
        const headers = await sign(scheme, { secret: jwk, body: '', url })
        expect(headers['signature-input']).toMatch(
          /^sig1=\("@method" "@target-uri" "content-digest"\);created=\d{10};keyid="a \\"key\\"\\\\1"$/,
        )
        await expect(verify(scheme, { secret: publicKey, body: '', url, headers })).resolves.toBeDefined()
      })
    })

    it('says what it covers, and when it was made', async () => {
      const headers = await sign(hmac, {
        secret,
        body: example.body,
        url: 'HTTPS://Example.com:443/a/../b c#part',
        timestamp: now,
      })
      expect(headers).toEqual({
        'content-digest': 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
        'signature-input': 'sig1=("@method" "@target-uri" "content-digest");created=1618884473',
        signature: expect.stringMatching(/^sig1=:[A-Za-z0-9+/]{43}=:$/),
      })
      const base =
        '"@method": POST\n"@target-uri": https://example.com/b%20c\n"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
      expect(headers).toMatchObject(await forge('("@method" "@target-uri" "content-digest");created=1618884473', base))
    })

    it('signs with each of several secrets, and tells which one matched', async () => {
      const other = Buffer.alloc(32, 7).toString('base64')
      const headers = await sign(hmac, { secret: [other, secret], body: 'x', url })
      expect(headers['signature-input']).toMatch(/^sig1=\(.*\);created=\d+, sig2=\(.*\);created=\d+$/)
      for (const [list, secretIndex] of [
        [[secret], 0],
        [[other], 0],
        [[Buffer.alloc(9), secret], 1],
      ] as const) {
        await expect(verify(hmac, { secret: list as never, headers, body: 'x', url })).resolves.toMatchObject({ secretIndex })
      }
      expect(await codeOf(verify(hmac, { secret: Buffer.alloc(9), headers, body: 'x', url }))).toBe('signature_mismatch')
    })

    it('refuses to sign what no request has', async () => {
      const scheme = httpSignatures({ algorithm: 'hmac-sha256', components: ['@method', '@query-param;name="b"'] })
      await expect(sign(scheme, { secret, body: '', url })).rejects.toThrow(ConfigurationError)
      await expect(sign(hmac, { secret, body: '', url, method: 'PO\nST' })).rejects.toThrow(ConfigurationError)
      await expect(sign(hmac, { secret, body: '', url: 'ftp://example.com/' })).rejects.toThrow(ConfigurationError)
      const jwk = { ...createPrivateKey(keys.ed25519.privateKey).export({ format: 'jwk' }), kid: 'ключ' }
      await expect(sign(library.rfc9421Ed25519, { secret: jwk, body: '', url })).rejects.toThrow(/`kid`/)
    })

    it.each([['no-url'], ['/path']])('refuses to sign for the URL %s', async (url) => {
      await expect(sign(hmac, { secret, body: '', url })).rejects.toThrow(ConfigurationError)
      await expect(sign(hmac, { secret, body: '', url: '' })).rejects.toThrow(/`url`/)
    })

    describe('the hash of the body', () => {
      const list = '("content-digest");created=1618884473'
      const hello = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
      const covering = async (text: string) => ({ 'content-digest': text, ...(await forge(list, `"content-digest": ${text}`)) })

      it.each([
        ['sha-256', hello],
        ['sha-512', digest],
        ['both', `${hello}, ${digest}`],
        ['an unknown one beside', `${hello}, md5=:AAEC:, unixsum=30637, crc32c`],
      ])('holds: %s', async (_, text) => {
        await expect(check(await covering(text), { body: example.body })).resolves.toBeDefined()
      })

      it.each([
        ['another body', hello, `${example.body} `, 'signature_mismatch'],
        ['one right and one wrong', `${hello}, ${digest.replace('W', 'X')}`, example.body, 'signature_mismatch'],
        ['another hash’s length', 'sha-256=:AAEC:', example.body, 'signature_mismatch'],
        ['no bytes', 'sha-256=hello', example.body, 'signature_mismatch'],
        ['a list', 'sha-256=("a")', example.body, 'signature_mismatch'],
        ['true', 'sha-256', example.body, 'signature_mismatch'],
        ['broken base64', 'sha-256=:AAE:', example.body, 'signature_mismatch'],
        ['unknown hashes alone', 'md5=:AAEC:', example.body, 'malformed_header'],
        ['no dictionary', '=', example.body, 'malformed_header'],
        ['one twice', `${hello}, ${hello}`, example.body, 'malformed_header'],
      ])('does not hold: %s', async (_, text, body, code) => {
        expect(await codeOf(check(await covering(text), { body }))).toBe(code)
      })

      it('is refused where it is signed and absent', async () => {
        expect(await codeOf(check(await forge(list, `"content-digest": ${hello}`), { body: example.body }))).toBe(
          'missing_header',
        )
      })

      it('must hold where it is not signed, too; what is unknown is then left alone', async () => {
        const headers = await forge('("@method");created=1618884473', '"@method": POST')
        const withDigest = (text: string) => check({ ...headers, 'content-digest': text }, { body: example.body })
        await expect(withDigest(hello)).resolves.toBeDefined()
        await expect(withDigest('md5=:AAEC:')).resolves.toBeDefined()
        expect(await codeOf(withDigest(hello.replace('X', 'Y')))).toBe('signature_mismatch')
      })
    })

    describe('what a signature covers', () => {
      const query =
        'https://Example.COM:443/a%2Fb/../c?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&twice=1&twice=2&q=!%27()*~-._'
      it.each([
        ['@method', 'POST', query],
        ['@target-uri', query, query],
        ['@target-uri', 'https://example.com/', 'https://example.com#part'],
        ['@authority', 'example.com', query],
        ['@authority', 'example.com:8443', 'https://example.com:8443/'],
        ['@authority', 'example.com:443', 'http://example.com:443/'],
        ['@authority', '[::1]', 'http://[::1]:80/'],
        ['@scheme', 'https', 'HTTPS://example.com/'],
        ['@request-target', '/a?b=c', 'https://example.com/a?b=c#d'],
        ['@path', '/a%2Fb/../c', query],
        ['@path', '/', 'https://example.com?a'],
        ['@query', '?a=1&b', 'https://example.com/?a=1&b'],
        ['@query', '?', 'https://example.com/'],
        ['@query-param";name="var', 'this%20is%20a%20big%0Amultiline%20value', query],
        ['@query-param";name="bar', 'with%20plus%20whitespace', query],
        ['@query-param";name="fa%C3%A7ade%22%3A%20', 'something', query],
        ['@query-param";name="q', '%21%27%28%29*%7E-._', query],
        ['@query-param";name="a', '', 'https://example.com/?a'],
      ])('"%s" is %s', async (component, value, url) => {
        const headers = await forge(`("${component}");created=1618884473`, `"${component}": ${value}`)
        await expect(check(headers, { url })).resolves.toBeDefined()
        const other = await forge(`("${component}");created=1618884473`, `"${component}": ${value}x`)
        expect(await codeOf(check(other, { url }))).toBe('signature_mismatch')
      })

      it.each([
        ['a value with white space around it', ' \t a, b \t', 'a, b'],
        ['an empty value', '', ''],
        ['a folded value', 'a \r\n  b\r\n\tc ', 'a b c'],
        ['printable characters', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
      ])('a header is its value: %s', async (_, sent, value) => {
        const headers = { 'X-Test': sent, ...(await forge('("x-test");created=1618884473', `"x-test": ${value}`)) }
        await expect(check(headers)).resolves.toBeDefined()
      })

      it.each([
        ['a line break', 'a\n"@method": GET'],
        ['a carriage return', 'a\rb'],
        ['a fold that is none', 'a\r\nb'],
        ['a null', 'a\0b'],
        ['a letter that is not ASCII', 'é'],
      ])('a header is refused: %s', async (_, value) => {
        const headers = { 'x-test': value, ...(await forge('("x-test");created=1618884473', `"x-test": ${value}`)) }
        expect(await codeOf(check(headers))).toBe('malformed_header')
      })

      it('a header of two values is refused', async () => {
        const headers = { ...(await forge('("x-test");created=1618884473', '"x-test": a, b')), 'x-test': ['a', 'b'] }
        expect(await codeOf(check(headers as never))).toBe('duplicate_header')
        const right = { ...(await forge('("x-test");created=1618884473', '"x-test": a, b')), 'x-test': 'a, b' }
        await expect(check(right)).resolves.toBeDefined()
      })

      it.each([
        ['a header that is not there', '"x-none"', 'missing_header'],
        ['a parameter that is not there', '"@query-param";name="none"', 'missing_header'],
        ['a parameter that is there twice', '"@query-param";name="twice"', 'missing_header'],
        ['an unknown derived component', '"@nothing"', 'no_signature'],
        ['an inherited one', '"@constructor"', 'no_signature'],
        ['one of answers', '"@status"', 'no_signature'],
        ['the parameters themselves', '"@signature-params"', 'no_signature'],
        ['sf', '"date";sf', 'no_signature'],
        ['bs', '"date";bs', 'no_signature'],
        ['key', '"content-digest";key="sha-256"', 'no_signature'],
        ['req', '"@method";req', 'no_signature'],
        ['tr', '"date";tr', 'no_signature'],
        ['an unknown parameter', '"@method";x=1', 'no_signature'],
        ['a name where none belongs', '"@method";name="a"', 'no_signature'],
        ['no name where one belongs', '"@query-param"', 'no_signature'],
        ['a name that is no text', '"@query-param";name=a', 'no_signature'],
        ['a name and more', '"@query-param";name="a";req', 'no_signature'],
        ['capitals', '"Date"', 'no_signature'],
        ['an empty name', '""', 'no_signature'],
        ['a name with a space', '"a b"', 'no_signature'],
        ['a token', 'date', 'no_signature'],
        ['one twice', '"@method" "@method"', 'no_signature'],
        ['nothing', '', 'no_signature'],
        ['65 headers', Array.from({ length: 65 }, (_, at) => `"x-${at}"`).join(' '), 'no_signature'],
        ['lists in a list', '("@method")', 'malformed_header'],
      ])('is refused: %s', async (_, list, code) => {
        const headers = { date: 'x', 'content-digest': 'md5=:AAEC:', ...(await forge(`(${list});created=1618884473`, '')) }
        expect(await codeOf(check(headers, { url: 'https://example.com/?twice=1&twice=2' }))).toBe(code)
      })

      it.each(['', 'x', '//example.com/', 'https://', 'https://a@example.com/', 'https:///a'])(
        'a request whose URL is “%s” is refused where it is signed',
        async (url) => {
          const headers = await forge('("@target-uri");created=1618884473', `"@target-uri": ${url}`)
          const refused = check(headers, { url }).then(
            () => undefined,
            (error) => error.code,
          )
          expect(await refused).toBe(url === '' ? 'invalid_option' : 'malformed_header')
        },
      )

      it('64 headers are not too many', async () => {
        const names = Array.from({ length: 64 }, (_, at) => `x-${at}`)
        const list = `(${names.map((name) => `"${name}"`).join(' ')});created=1618884473`
        const sent = Object.fromEntries(names.map((name) => [name, name]))
        const base = names.map((name) => `"${name}": ${name}`).join('\n')
        await expect(check({ ...sent, ...(await forge(list, base)) })).resolves.toBeDefined()
      })
    })

    describe('what a signature says of itself', () => {
      const line = '"@method": POST'
      const saying = async (parameters: string, more = {}) => check(await forge(`("@method")${parameters}`, line), more)

      it.each([
        ['all of it', ';created=1618884473;expires=1618884474;nonce="n";alg="hmac-sha256";keyid="k";tag="t"'],
        ['another order', ';tag="t";alg="hmac-sha256";created=1618884473'],
        ['a registered name of tomorrow', ';created=1618884473;later;number=-12;bytes=:AAEC:;token=a/b;no=?0'],
        ['this very second as the end', ';created=1618884473;expires=1618884473'],
      ])('may be %s', async (_, parameters) => {
        await expect(saying(parameters)).resolves.toMatchObject({ timestamp: now })
      })

      it.each([
        ['no time', '', 'no_signature'],
        ['a time in text', ';created="1618884473"', 'no_signature'],
        ['a negative time', ';created=-1618884473', 'no_signature'],
        ['a time of a far year', ';created=161888447300', 'malformed_timestamp'],
        ['milliseconds', ';created=1618884473000', 'malformed_timestamp'],
        ['a decimal time', ';created=1618884473.0', 'malformed_header'],
        ['a time with a zero before it', ';created=01618884473', 'malformed_header'],
        ['two times', ';created=1618884473;created=1618884473', 'malformed_header'],
        ['an end that is over', ';created=1618884473;expires=1618884472', 'timestamp_too_old'],
        ['an end in text', ';created=1618884473;expires="1718884473"', 'no_signature'],
        ['an end without a value', ';created=1618884473;expires', 'no_signature'],
        ['another algorithm', ';created=1618884473;alg="hmac-sha512"', 'no_signature'],
        ['no algorithm', ';created=1618884473;alg="none"', 'no_signature'],
        ['an empty algorithm', ';created=1618884473;alg=""', 'no_signature'],
        ['an algorithm in another form', ';created=1618884473;alg=hmac-sha256', 'no_signature'],
        ['a nonce that is no text', ';created=1618884473;nonce=1', 'no_signature'],
        ['a key that is no text', ';created=1618884473;keyid=k', 'no_signature'],
        ['a tag that is no text', ';created=1618884473;tag', 'no_signature'],
        ['a truth in its long form', ';created=1618884473;a=?1', 'malformed_header'],
        ['a control character', ';created=1618884473;nonce="\u0001"', 'malformed_header'],
      ])('must not be %s', async (_, parameters, code) => {
        expect(await codeOf(saying(parameters))).toBe(code)
      })

      it('is checked for its end whatever the tolerance', async () => {
        await expect(saying(';created=1', { toleranceSeconds: false })).resolves.toBeDefined()
        expect(await codeOf(saying(';created=1;expires=2', { toleranceSeconds: false }))).toBe('timestamp_too_old')
        expect(await codeOf(saying('', { toleranceSeconds: false }))).toBe('no_signature')
      })

      it('is signed in one form, however much white space it comes with', async () => {
        const headers = await forge('("@method" "date");created=1618884473;keyid="k"', `${line}\n"date": x`)
        const spaced = {
          ...headers,
          date: 'x',
          'signature-input': '  sig1=(  "@method"   "date" );  created=1618884473; keyid="k"',
        }
        await expect(check(spaced)).resolves.toBeDefined()
      })
    })

    describe('several signatures', () => {
      const joined = (...all: Record<string, string>[]) => ({
        'signature-input': all.map((one) => one['signature-input']).join(', '),
        signature: all.map((one) => one.signature).join(','),
      })
      const right = () => forge('("@method");created=1618884473', '"@method": POST', 'sig1')
      const wrong = (label: string, list = '("@method");created=1618884473') => forge(list, '"@method": GET', label)

      it('are tried one after the other', async () => {
        await expect(check(joined(await wrong('a'), await wrong('b'), await right()))).resolves.toBeDefined()
        expect(await codeOf(check(joined(await wrong('a'), await wrong('b'))))).toBe('signature_mismatch')
      })

      it('of a proxy, with another algorithm or over headers that are gone, stand in nobody’s way', async () => {
        const proxy = await wrong('proxy', '("@method");created=1618884480;alg="rsa-v1_5-sha256"')
        const gone = await wrong('gone', '("x-gone");created=1618884473')
        await expect(check(joined(proxy, gone, await right()))).resolves.toMatchObject({ timestamp: now })
      })

      it('cannot lend one another their time', async () => {
        const old = await forge('("@method");created=1518884473', '"@method": POST', 'old')
        const fresh = await wrong('fresh')
        expect(await codeOf(check(old))).toBe('timestamp_too_old')
        expect(await codeOf(check(joined(fresh, old)))).toBe('signature_mismatch')
        expect(await codeOf(check(joined(old, fresh)))).toBe('timestamp_too_old')
      })

      it('cannot lend one another what they cover', async () => {
        const body = 'evil'
        const theirs = await sign(strict, { secret, body: 'good', url, timestamp: now })
        const ours = {
          'content-digest': (await sign(strict, { secret: Buffer.from('x'), body, url, timestamp: now }))[
            'content-digest'
          ] as string,
          ...joined({ ...theirs, 'signature-input': (theirs['signature-input'] as string).replace(' "content-digest"', '') }),
        }
        expect(await codeOf(verify(strict, { secret, body, url, headers: ours, now }))).toBe('no_signature')
      })

      it('are 8 at most', async () => {
        const seven = await Promise.all(Array.from({ length: 7 }, (_, at) => wrong(`w${at}`)))
        await expect(check(joined(...seven, await right()))).resolves.toBeDefined()
        expect(await codeOf(check(joined(...seven, await wrong('w8'), await right())))).toBe('signature_mismatch')
      })

      it.each<[string, Record<string, string>, string]>([
        ['an input without its signature', { signature: 'other=:AAEC:' }, 'no_signature'],
        ['a signature without its input', { 'signature-input': 'other=("@method");created=1618884473' }, 'no_signature'],
        ['no bytes', { signature: 'sig1="text"' }, 'no_signature'],
        ['bytes with a parameter', { signature: 'sig1=:AAEC:;a' }, 'no_signature'],
        ['empty bytes', { signature: 'sig1=::' }, 'no_signature'],
        ['bytes of another length', { signature: 'sig1=:AAEC:' }, 'no_signature'],
        ['broken base64', { signature: 'sig1=:AAE:' }, 'no_signature'],
        ['a list of bytes', { signature: 'sig1=(:AAEC:)' }, 'no_signature'],
        ['an input that is no list', { 'signature-input': 'sig1="@method";created=1618884473' }, 'no_signature'],
        ['a label in capitals', { 'signature-input': 'SIG1=("@method");created=1618884473' }, 'malformed_header'],
        ['a comma behind', { signature: 'sig1=:AAEC:,' }, 'malformed_header'],
        ['nothing', { signature: '' }, 'malformed_header'],
        ['no list', { 'signature-input': 'sig1=("@method"' }, 'malformed_header'],
        ['items without a space', { 'signature-input': 'sig1=("@method""date");created=1618884473' }, 'malformed_header'],
        ['a text without its end', { 'signature-input': 'sig1=("@method' }, 'malformed_header'],
      ])('are refused: %s', async (_, change, code) => {
        expect(await codeOf(check({ ...(await right()), ...change }))).toBe(code)
      })

      it('cover a hash that we know wherever they cover one', async () => {
        const list = '("@method" "content-digest");created=1618884473'
        const unknown = 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:'
        const headers = await forge(list, `"@method": POST\n"content-digest": ${unknown}`)
        expect(await codeOf(check({ ...headers, 'content-digest': unknown }))).toBe('malformed_header')
        expect(await codeOf(check(await forge(list, '"@method": POST')))).toBe('missing_header')
      })

      it('cover nothing that is not known, and tell their time in a number', async () => {
        const codeOfList = async (list: string) => codeOf(check(await forge(list, '"@method": POST')))
        expect(await codeOfList('("@method");created=1618884473')).toBeUndefined()
        for (const list of [
          '("@method" "@unknown");created=1618884473',
          '("@unknown" "@method");created=1618884473',
          '("@method" "@method");created=1618884473',
          '("@method" a1);created=1618884473',
          '("@method");created="1618884473"',
          '("@method");created=a1618884473',
          '("@method");created',
          '("@method");created=1618884473;expires="1618884500"',
          '("@method");created=1618884473;expires=a1',
        ]) {
          expect(await codeOfList(list), list).toBe('no_signature')
        }
      })

      it('are told to be over by name', async () => {
        const headers = await forge('("@method");created=1618884473;expires=1618884400', '"@method": POST')
        await expect(check(headers)).rejects.toMatchObject({
          code: 'timestamp_too_old',
          hint: 'expires: the timestamp is too old. A replay, or a wrong clock?',
        })
      })

      it('may stand with space around their commas, and have nothing behind their bytes', async () => {
        const [one, two] = [await wrong('a'), await right()]
        const spaced = {
          'signature-input': `${one['signature-input']} \t,\t ${two['signature-input']}`,
          signature: `${one.signature} \t,\t ${two.signature}`,
        }
        expect(await codeOf(check(spaced))).toBeUndefined()
        expect(await codeOf(check({ ...two, signature: `${two.signature};a` }))).toBe('no_signature')
      })

      it('are told in 16 KiB at most', async () => {
        const telling = async (length: number) => {
          const list = (nonce: string) => `("@method");created=1618884473;nonce="${nonce}"`
          const headers = await forge(list('x'.repeat(length - 'sig1='.length - list('').length)), '"@method": POST')
          expect(headers['signature-input']).toHaveLength(length)
          return codeOf(check(headers))
        }
        expect(await telling(16_384)).toBeUndefined()
        expect(await telling(16_385)).toBe('malformed_header')
      })

      it('are none where a label stands alone', async () => {
        expect(await codeOf(check({ ...(await right()), signature: 'sig1' }))).toBe('no_signature')
      })

      it.each([
        ['', ''],
        ['a', 'a'],
        [' a\t', 'a'],
        ['a\r\n b', 'a b'],
        ['a \r\n\t b\r\n ', 'a b'],
        ['\r\n a', 'a'],
      ])('cover %j without what is around it', async (value, canonical) => {
        const headers = await forge('("x-a");created=1618884473', `"x-a": ${canonical}`)
        expect(await codeOf(check({ ...headers, 'x-a': value }))).toBeUndefined()
      })

      it.each(['a\nb', 'a\r\nb', 'a\r\nb c', '\u00e9', '\u007f'])('cover %j in no form', async (value) => {
        const headers = await forge('("x-a");created=1618884473', `"x-a": ${value}`)
        await expect(check({ ...headers, 'x-a': value })).rejects.toMatchObject({
          code: 'malformed_header',
          hint: '"x-a": not in the form of the scheme',
        })
      })

      it('cover 64 KiB of a header at most', async () => {
        const covering = async (value: string) =>
          codeOf(check({ ...(await forge('("x-a");created=1618884473', `"x-a": ${value}`)), 'x-a': value }))
        expect(await covering('x'.repeat(65_536))).toBeUndefined()
        expect(await covering('x'.repeat(65_537))).toBe('malformed_header')
      })

      it('are of a URL that is one', async () => {
        const headers = await forge('("@target-uri");created=1618884473', '"@target-uri": /hooks')
        for (const url of ['/hooks', 'ftp://example.com/', 'https://', 'https://user@example.com/']) {
          await expect(check(headers, { url })).rejects.toMatchObject({
            code: 'malformed_header',
            hint: '@target-uri: not in the form of the scheme',
          })
        }
      })

      it.each(['signature', 'signature-input'])('are refused where %s is twice, absent, or has a label twice', async (name) => {
        const headers = await right()
        expect(await codeOf(check({ ...headers, [name.toUpperCase()]: headers[name as 'signature'] }))).toBe('duplicate_header')
        const { [name as 'signature']: text, ...rest } = headers
        expect(await codeOf(check(rest as never))).toBe('missing_header')
        expect(await codeOf(check({ ...headers, [name]: `${text}, ${text}` }))).toBe('malformed_header')
      })
    })

    describe('httpSignatures', () => {
      const algorithms = ['hmac-sha256', library.ed25519, library.ecdsaP256, library.rsaPssSha512, library.rsaSha256] as const

      it.each(algorithms)('makes a scheme of %o', (algorithm) => {
        const { name } = httpSignatures({ algorithm })
        expect(name).toBe(typeof algorithm === 'string' ? 'rfc9421-hmac-sha256' : `rfc9421-${algorithm.name}`)
        expect(httpSignatures({ algorithm, name: 'acme' }).name).toBe('acme')
      })

      it('makes a scheme of a request and its headers', () => {
        expect(httpSignatures({ algorithm: 'hmac-sha256', name: 'acme-pay-v10' })).toMatchObject({
          name: 'acme-pay-v10',
          content: ['method', 'url', 'body'],
          encoding: 'base64',
          signature: { header: 'signature' },
          timestamp: { header: 'signature-input' },
          unit: 's',
          toleranceSeconds: 300,
        })
      })

      it('demands what must be covered', async () => {
        const request = { secret, body: 'x', url }
        const headers = await sign(strict, request)
        await expect(verify(strict, { ...request, headers })).resolves.toBeDefined()
        await expect(verify(hmac, { ...request, headers })).resolves.toBeDefined()
        const less = httpSignatures({ algorithm: 'hmac-sha256', components: ['@method', '@target-uri'] })
        const lesser = await sign(less, request)
        expect(lesser['content-digest']).toBeUndefined()
        await expect(verify(less, { ...request, headers: lesser })).resolves.toBeDefined()
        expect(await codeOf(verify(strict, { ...request, headers: lesser }))).toBe('no_signature')
      })

      it('demands parameters of the query one by one', async () => {
        const scheme = httpSignatures({ algorithm: 'hmac-sha256', components: ['@query-param;name="a"'] })
        const headers = await sign(scheme, { secret, body: '', url })
        expect(headers['signature-input']).toContain('("@query-param";name="a")')
        await expect(verify(scheme, { secret, body: '', url, headers })).resolves.toBeDefined()
        const other = await forge('("@query-param";name="b");created=1618884473', '"@query-param";name="b": 1')
        expect(await codeOf(verify(scheme, { secret, body: '', url: `${url}&b=1`, headers: other, now }))).toBe('no_signature')
      })

      it('demands a label and a tag', async () => {
        const scheme = httpSignatures({ algorithm: 'hmac-sha256', label: 'acme', tag: 'web"hook' })
        const request = { body: '', url }
        const headers = await sign(scheme, { secret: [secret, Buffer.alloc(9)], ...request, timestamp: now })
        expect(headers['signature-input']).toBe(
          'acme=("@method" "@target-uri" "content-digest");created=1618884473;tag="web\\"hook"',
        )
        await expect(verify(scheme, { secret, ...request, headers, now })).resolves.toBeDefined()
        const labelled = httpSignatures({ algorithm: 'hmac-sha256', tag: 'web"hook' })
        expect(await codeOf(verify(scheme, { secret, ...request, headers: await sign(labelled, { secret, ...request }) }))).toBe(
          'no_signature',
        )
        const tagged = httpSignatures({ algorithm: 'hmac-sha256', label: 'acme' })
        expect(await codeOf(verify(scheme, { secret, ...request, headers: await sign(tagged, { secret, ...request }) }))).toBe(
          'no_signature',
        )
      })

      it('verifies headers that must be covered, and cannot sign them', async () => {
        const scheme = httpSignatures({ algorithm: 'hmac-sha256', components: ['content-type', '@method'] })
        const list = '("@method" "content-type");created=1618884473'
        const headers = { 'content-type': 'text/plain', ...(await forge(list, '"@method": POST\n"content-type": text/plain')) }
        await expect(verify(scheme, { secret, body: '', url, headers, now })).resolves.toBeDefined()
        await expect(sign(scheme, { secret, body: '', url })).rejects.toThrow(/"content-type".*sees no headers/)
        await expect(sign(scheme, { secret, body: '', url })).rejects.toThrow(ConfigurationError)
      })

      it.each<[string, object, RegExp]>([
        ['no algorithm', { algorithm: undefined }, /`algorithm` to be one of RFC 9421: hmac-sha256, ed25519, /],
        ['two components behind a parameter', { components: ['@query-param;name="a" "b"'] }, /`components`/],
        ['an algorithm that is not of RFC 9421', { algorithm: 'hmac-sha512' }, /`algorithm`/],
        ['ECDSA in DER', { algorithm: library.ecdsaP256Der }, /`algorithm`/],
        ['SHA-1', { algorithm: library.rsaSha1 }, /`algorithm`/],
        ['nothing to be covered', { components: [] }, /`components` to be a list of at least one/],
        ['an unknown component', { components: ['@status'] }, /`components`/],
        ['capitals', { components: ['Content-Digest'] }, /`components`/],
        ['a parameter that is not known', { components: ['content-digest;sf'] }, /`components`/],
        ['a parameter without its name', { components: ['@query-param'] }, /`components`/],
        ['two components in one', { components: ['date" "host'] }, /`components`/],
        ['a number', { components: [7] }, /`components`/],
        ['a label in capitals', { label: 'Sig' }, /`label` to be lower-case letters and digits/],
        ['a tag with a line break', { tag: 'a\nb' }, /`tag` to be printable ASCII/],
        ['a name with capitals', { name: 'Acme' }, /`name` to be kebab-case/],
        ['a tolerance of NaN', { toleranceSeconds: Number.NaN }, /`toleranceSeconds`/],
        ['an id in a body that is not signed', { id: { body: '/id' } }, /content-digest/],
        ['a key of a body that is not signed', { bodyIsKey: true, components: ['@method'] }, /content-digest/],
      ])('refuses %s', (_, change, message) => {
        const make = () => httpSignatures({ algorithm: 'hmac-sha256', ...change } as never)
        expect(make).toThrow(message)
        expect(make).toThrow(ConfigurationError)
      })

      it('names what is wrong with a key and a URL of the sender, and with a label', async () => {
        const { privateKey } = generateKeyPairSync('ed25519')
        const named = (kid: unknown) =>
          sign(library.rfc9421Ed25519, { secret: { ...privateKey.export({ format: 'jwk' }), kid } as never, body: '', url })
        for (const kid of [7, null, 'a\nb']) {
          await expect(named(kid)).rejects.toThrow(`Expected \`kid\` to be printable ASCII, got ${JSON.stringify(kid)}`)
          await expect(named(kid)).rejects.toBeInstanceOf(ConfigurationError)
        }
        expect((await named('key "1"'))['signature-input']).toContain(';keyid="key \\"1\\""')
        await expect(sign(hmac, { secret, body: '', url: '/hooks' })).rejects.toThrow(
          'Expected `url` to be an absolute URL, got "/hooks"',
        )
        for (const label of ['a b', 'a"', ' a', '1a']) {
          expect(() => httpSignatures({ algorithm: 'hmac-sha256', label })).toThrow('`label`')
        }
        expect(httpSignatures({ algorithm: 'hmac-sha256', label: '*a1_.*-' })).toBeDefined()
        for (const wrong of [{ components: ['@status'] }, { id: { body: '/id' } }]) {
          expect(() => httpSignatures({ algorithm: 'hmac-sha256', ...wrong })).toThrow(
            expect.objectContaining({ code: 'invalid_scheme' }),
          )
        }
        const scheme = httpSignatures({ algorithm: 'hmac-sha256', components: ['content-type'] })
        await expect(sign(scheme, { secret, body: '', url })).rejects.toMatchObject({ code: 'invalid_option' })
      })

      it('takes an id and a type of a body that is signed', () => {
        const options = { id: { body: '/id' }, type: { body: '/type' }, components: ['content-digest'], toleranceSeconds: 60 }
        expect(httpSignatures({ algorithm: 'hmac-sha256', ...options })).toMatchObject({
          id: options.id,
          type: options.type,
          toleranceSeconds: 60,
        })
      })
    })

    describe('in bounded time', () => {
      // Of the processor, so that a busy machine changes nothing; what is not linear would take far more.
      const mostSeconds = 2
      const many = (count: number, write: (at: number) => string, joint = ', ') =>
        Array.from({ length: count }, (_, at) => write(at)).join(joint)
      const mac = Buffer.alloc(32).toString('base64')
      it.each<[string, Record<string, string>]>([
        [
          '2,000 labels',
          {
            'signature-input': many(2000, (at) => `s${at}=("@method");created=1618884473`),
            signature: many(2000, (at) => `s${at}=:${mac}:`),
          },
        ],
        [
          '300 short labels',
          {
            'signature-input': many(300, (at) => `s${at}=("@path");created=1618884473`),
            signature: many(300, (at) => `s${at}=:${mac}:`),
          },
        ],
        ['1 MB of input', { 'signature-input': 'a'.repeat(1e6), signature: `sig1=:${mac}:` }],
        [
          '1 MB of signature',
          { 'signature-input': 'sig1=("@method");created=1618884473', signature: `sig1=:${'A'.repeat(1e6)}:` },
        ],
        [
          '1 MB of digest',
          {
            'content-digest': `sha-256=:${'A'.repeat(1e6)}:`,
            'signature-input': 'sig1=("@method");created=1618884473',
            signature: `sig1=:${mac}:`,
          },
        ],
        ['1 MB of white space', { 'signature-input': ' '.repeat(1e6), signature: `sig1=:${mac}:` }],
        [
          '1 MB in a header that is signed',
          { 'x-test': ' '.repeat(1e6), 'signature-input': 'sig1=("x-test");created=1618884473', signature: `sig1=:${mac}:` },
        ],
        [
          '1 MB of folds',
          { 'x-test': '\r\n '.repeat(3e5), 'signature-input': 'sig1=("x-test");created=1618884473', signature: `sig1=:${mac}:` },
        ],
        ['deep lists', { 'signature-input': `sig1=${'('.repeat(16_000)}`, signature: `sig1=:${mac}:` }],
        [
          'parameters without end',
          { 'signature-input': `sig1=("@method")${many(3000, (at) => `;p${at}`, '')}`, signature: `sig1=:${mac}:` },
        ],
        ['spaces in a list', { 'signature-input': `sig1=(${' '.repeat(16_000)}`, signature: `sig1=:${mac}:` }],
        ['backslashes', { 'signature-input': `sig1=("${'\\'.repeat(16_000)}`, signature: `sig1=:${mac}:` }],
      ])('refuses %s', async (_, headers) => {
        const start = process.cpuUsage()
        expect(
          await codeOf(check(headers, { secret: Array.from({ length: 8 }, (_, at) => Buffer.alloc(32, at + 1)) })),
        ).toBeDefined()
        expect(process.cpuUsage(start).user / 1e6).toBeLessThan(mostSeconds)
      })

      it('refuses a query without end', async () => {
        const url = `https://example.com/?${many(50_000, (at) => `p${at}=1`, '&')}`
        const list = `(${many(60, (at) => `"@query-param";name="p${at}"`, ' ')});created=1618884473`
        const start = process.cpuUsage()
        expect(await codeOf(check(await forge(list, ''), { url }))).toBe('signature_mismatch')
        expect(process.cpuUsage(start).user / 1e6).toBeLessThan(mostSeconds)
      })

      const text = fc.string({ unit: fc.constantFrom(...'sig1=("@method" );,:AAEC:\\?\u0000\u00e9created=1618884473') })
      test.prop([text, text, text], { numRuns: 300 })('refuses any text', async (input, signature, digest) => {
        const sound = await forge('("@method");created=1618884473', '"@method": POST')
        for (const headers of [
          { 'signature-input': input, signature },
          { ...sound, 'signature-input': input },
          { ...sound, signature },
          { ...sound, 'content-digest': digest },
        ] as Record<string, string>[]) {
          const code = await codeOf(check(headers))
          if (!('content-digest' in headers)) expect(code).toBeDefined()
        }
      })
    })
  })
}

describe('behind a receiver', () => {
  const scheme = httpSignatures({
    algorithm: 'hmac-sha256',
    components: ['@method', '@target-uri', 'content-digest'],
    id: { body: '/id' },
  })
  const options = { secret: keys.shared, url: 'https://example.com/hooks?a=1', body: '{"id":"evt_1"}' }

  it('runs the handler for what is signed, and for nothing else', async () => {
    const handled: unknown[] = []
    const hook = webhook({ scheme, secret: keys.shared, store: memoryStore() }, ({ key, timestamp }) =>
      handled.push([key, timestamp]),
    )
    const request = () => signedRequest(scheme, { ...options, timestamp: new Date(Math.floor(Date.now() / 1000) * 1000) })
    expect((await hook(await request())).status).toBe(200)
    expect((await hook(await request())).status).toBe(200)
    expect(handled).toEqual([['rfc9421-hmac-sha256///evt_1', expect.any(Date)]])
    const { headers } = await request()
    expect((await hook(new Request(options.url, { method: 'POST', headers, body: '{"id":"evt_2"}' }))).status).toBe(401)
    expect((await hook(new Request(`${options.url}&b=2`, { method: 'POST', headers, body: options.body }))).status).toBe(401)
    expect(handled).toHaveLength(1)
  })
})
