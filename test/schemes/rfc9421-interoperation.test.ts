import { constants, createPrivateKey, createPublicKey, createSecretKey, sign as nodeSign } from 'node:crypto'
import { test } from '@fast-check/vitest'
import { sign, verify } from 'countersign'
import fc from 'fast-check'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { describe, expect } from 'vitest'
import * as schemes from '../../src/schemes/rfc9421'
import { keys } from './rfc9421-keys'

const shared = createSecretKey(Buffer.from(keys.shared, 'base64'))
const p256 = createPrivateKey(keys.p256.sec1)
const suites = [
  ['hmac-sha256', schemes.rfc9421HmacSha256, shared, shared, keys.shared, keys.shared],
  [
    'ed25519',
    schemes.rfc9421Ed25519,
    createPrivateKey(keys.ed25519.privateKey),
    createPublicKey(keys.ed25519.publicKey),
    keys.ed25519.privateKey,
    keys.ed25519.publicKey,
  ],
  [
    'ecdsa-p256-sha256',
    schemes.rfc9421EcdsaP256Sha256,
    p256,
    createPublicKey(p256),
    p256.export({ format: 'jwk' }),
    keys.p256.publicKey,
  ],
  [
    'rsa-pss-sha512',
    schemes.rfc9421RsaPssSha512,
    createPrivateKey(keys.rsaPss.privateKey),
    createPublicKey(keys.rsaPss.publicKey),
    keys.rsaPss.privateKey,
    keys.rsaPss.publicKey,
  ],
] as const

/** With a salt as long as section 3.3.1 wants it. */
const salted = {
  id: 'key',
  alg: 'rsa-pss-sha512',
  sign: async (data: Buffer) =>
    nodeSign('sha512', data, { key: keys.rsaPss.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }),
}

/** What both sides write in the same way: they differ on `!'()~` in a parameter of the query. */
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._*é %&=+"/'), minLength: 1, maxLength: 12 })
const anyUrl = fc
  .record({
    host: fc.constantFrom('example.com', 'EXAMPLE.com:443', 'example.com:8443', '[::1]:8080', 'xn--bcher-kva.example'),
    path: fc.array(word.map(encodeURIComponent), { maxLength: 3 }).map((parts) => `/${parts.join('/')}`),
    query: fc.uniqueArray(fc.tuple(word, word), { maxLength: 3, selector: ([name]) => name }),
  })
  .map(({ host, path, query }) => ({
    url: new URL(`https://${host}${path}${query.length > 0 ? `?${new URLSearchParams(query)}` : ''}`).href,
    query,
  }))
const anyHeaders = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).map((name) => `x-${name}`),
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  { maxKeys: 4 },
)
const anyRequest = fc.record({
  target: anyUrl,
  headers: anyHeaders,
  method: fc.constantFrom('POST', 'PUT', 'GET'),
  body: fc.string({ unit: 'binary' }),
})
const derived = ['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query']

describe.each(suites)('http-message-signatures with %s', (alg, scheme, theirPrivate, theirPublic, ourPrivate, ourPublic) => {
  const lookup = { id: 'key', algs: [alg], verify: createVerifier(theirPublic as never, alg) }

  test.prop([anyRequest], { numRuns: 30 })('accepts what we sign', async ({ target, headers, method, body }) => {
    const { url } = target
    const request = { method, url, headers: { ...headers, ...(await sign(scheme, { secret: ourPrivate, body, url, method })) } }
    const options = {
      keyLookup: async () => lookup,
      requiredFields: ['@method', '@target-uri', 'content-digest'],
      requiredParams: ['created'],
    }
    expect(await httpbis.verifyMessage(options, request)).toBe(true)
    const other = { ...request, method: 'PATCH' }
    expect(await httpbis.verifyMessage(options, other).catch(() => false)).not.toBe(true)
  })

  test.prop([anyRequest, fc.shuffledSubarray(derived, { minLength: 1 }), fc.constantFrom(undefined, 'a', 'b "c"')], {
    numRuns: 30,
  })('signs what we accept', async ({ target, headers, method, body }, components, tag) => {
    const { url, query } = target
    const parameters = query.map(([name]) => `@query-param;name="${encodeURIComponent(name)}"`)
    const fields = [...components, ...parameters, ...Object.keys(headers)]
    const config = {
      key: alg === salted.alg ? salted : createSigner(theirPrivate as never, alg, 'key'),
      name: 'sig1',
      fields,
      params: ['created', 'expires', 'keyid', 'alg', ...(tag ? ['tag'] : [])],
      ...(tag && { paramValues: { tag } }),
    }
    const request = await httpbis.signMessage(config, { method, url, headers })
    const arrived = { secret: ourPublic, headers: request.headers as Record<string, string>, url, method, body }
    await expect(verify(scheme, arrived)).resolves.toMatchObject({ scheme: scheme.name })
    const demanding = schemes.httpSignatures({ algorithm: scheme.algorithm, components: fields, ...(tag && { tag }) })
    await expect(verify(demanding, arrived)).resolves.toBeDefined()
    const changed = {
      ...arrived,
      headers: { ...arrived.headers, 'signature-input': arrived.headers['Signature-Input']?.replace('created=1', 'created=2') },
    }
    await expect(verify(scheme, changed as typeof arrived)).rejects.toThrow()
  })
})
