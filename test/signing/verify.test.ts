import { test } from '@fast-check/vitest'
import { type Algorithm, ConfigurationError, defineScheme, generateSecret, sign, VerificationError, verify } from 'countersign'
import { github, shopify, slack, standardWebhooks, standardWebhooksV1a, stripe } from 'countersign/schemes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const now = new Date(1_700_000_000_000)
const secret = generateSecret()
const body = '{"id":"evt_1","type":"paid"}'

/** The code of the error that a promise rejects with. */
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error) => (error instanceof VerificationError || error instanceof ConfigurationError ? error.code : error),
  )

describe('verify', () => {
  it('tells what it knows', async () => {
    const headers = await sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now })
    expect(await verify(standardWebhooks, { secret, body, headers, now })).toEqual({
      scheme: 'standard-webhooks',
      id: 'msg_1',
      idIsSigned: true,
      timestamp: now,
      secretIndex: 0,
    })
  })

  it('gives an id that is not signed as one', async () => {
    const headers = await sign(github, { secret: 's', body, id: 'delivery-1' })
    expect(headers).toEqual({
      'x-github-delivery': 'delivery-1',
      'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    })
    expect(await verify(github, { secret: 's', body, headers })).toEqual({
      scheme: 'github',
      id: 'delivery-1',
      idIsSigned: false,
      timestamp: undefined,
      secretIndex: 0,
    })
    const { 'x-github-delivery': _, ...rest } = headers
    expect(await verify(github, { secret: 's', body, headers: rest })).toMatchObject({ id: undefined, idIsSigned: false })
  })

  it('has no id where the body has it', async () => {
    const headers = await sign(stripe, { secret, body, timestamp: now })
    expect(await verify(stripe, { secret, body, headers, now })).toMatchObject({ id: undefined, idIsSigned: false })
  })

  it('tells which secret matched', async () => {
    const headers = await sign(stripe, { secret: 'second', body, timestamp: now })
    expect(await verify(stripe, { secret: ['first', 'second', 'third'], body, headers, now })).toMatchObject({ secretIndex: 1 })
    expect(await codeOf(verify(stripe, { secret: ['first', 'third'], body, headers, now }))).toBe('signature_mismatch')
  })

  it('takes a secret as bytes, or as a Buffer', async () => {
    const bytes = new Uint8Array(32).fill(7)
    const headers = await sign(standardWebhooks, { secret: bytes, body, timestamp: now })
    expect(await verify(standardWebhooks, { secret: Buffer.from(bytes), body, headers, now })).toMatchObject({ secretIndex: 0 })
    expect(
      await verify(standardWebhooks, { secret: `whsec_${Buffer.from(bytes).toString('base64')}`, body, headers, now }),
    ).toMatchObject({ secretIndex: 0 })
  })

  it('keeps a bounded number of imported keys', async () => {
    for (let at = 0; at < 600; at++) {
      const headers = await sign(github, { secret: `tenant-${at}`, body })
      await verify(github, { secret: `tenant-${at}`, body, headers })
    }
    const headers = await sign(github, { secret: 'tenant-0', body })
    expect(await verify(github, { secret: 'tenant-0', body, headers })).toMatchObject({ secretIndex: 0 })
  })
})

describe('the tolerance', () => {
  const at = async (seconds: number, options: object = {}) => {
    const headers = await sign(stripe, { secret, body, timestamp: now })
    return codeOf(verify(stripe, { secret, body, headers, now: new Date(now.getTime() + seconds * 1000), ...options }))
  }

  it('holds in both directions, its end included', async () => {
    expect(await at(300)).toBe('accepted')
    expect(await at(300.999)).toBe('accepted')
    expect(await at(301)).toBe('timestamp_too_old')
    expect(await at(-300)).toBe('accepted')
    expect(await at(-301)).toBe('timestamp_too_new')
  })

  it('can be set, to nothing at all, and off', async () => {
    expect(await at(11, { toleranceSeconds: 10 })).toBe('timestamp_too_old')
    expect(await at(0, { toleranceSeconds: 0 })).toBe('accepted')
    expect(await at(1, { toleranceSeconds: 0 })).toBe('timestamp_too_old')
    expect(await at(1e9, { toleranceSeconds: false })).toBe('accepted')
    expect(await at(-1e9, { toleranceSeconds: false })).toBe('accepted')
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '300', null])('of %s is a mistake', async (toleranceSeconds) => {
    expect(await at(0, { toleranceSeconds })).toBe('invalid_option')
  })

  it('uses the current time where none is given', async () => {
    const headers = await sign(stripe, { secret, body })
    expect(await codeOf(verify(stripe, { secret, body, headers }))).toBe('accepted')
  })

  it('says by how much a clock is off, and names milliseconds for seconds', async () => {
    const headers = await sign(slack, { secret, body, timestamp: now })
    const late = new Date(now.getTime() + 400_000)
    await expect(verify(slack, { secret, body, headers, now: late })).rejects.toMatchObject({
      hint: expect.stringContaining('off by 400 s'),
    })
    headers['x-slack-request-timestamp'] += '000'
    await expect(verify(slack, { secret, body, headers, now })).rejects.toMatchObject({
      code: 'malformed_timestamp',
      hint: expect.stringContaining('milliseconds for seconds'),
    })
  })
})

describe('what is refused', () => {
  const signed = () => sign(standardWebhooks, { secret, body, id: 'msg_1', timestamp: now })
  const outcome = (headers: object, more: object = {}) =>
    codeOf(verify(standardWebhooks, { secret, body, headers: headers as never, now, ...more }))

  it('a header that is absent', async () => {
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const headers = await signed()
      delete headers[name]
      expect(await outcome(headers)).toBe('missing_header')
    }
  })

  it('a header in two values, of each kind', async () => {
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const headers = await signed()
      const value = headers[name] as string
      expect(await outcome({ ...headers, [name]: [value, value] })).toBe('duplicate_header')
      expect(await outcome({ ...headers, [name.toUpperCase()]: value })).toBe('duplicate_header')
      expect(await outcome({ ...headers, [name]: `${value}, ${value}` })).toBe('duplicate_header')
    }
    const twice = await sign(github, { secret, body, id: 'd' })
    expect(await codeOf(verify(github, { secret, body, headers: { ...twice, 'X-GitHub-Delivery': 'e' } }))).toBe(
      'duplicate_header',
    )
    const joined = new Headers(twice)
    joined.append('x-github-delivery', 'e')
    expect(await codeOf(verify(github, { secret, body, headers: joined }))).toBe('duplicate_header')
  })

  it('an id that is empty, or could swallow what follows it', async () => {
    for (const id of ['', 'a.b', 'a b', 'a\tb', 'é', 'a\u0000'])
      expect(await outcome({ ...(await signed()), 'webhook-id': id })).toBe('malformed_header')
  })

  it('a second timestamp in one header, or none', async () => {
    const headers = await sign(stripe, { secret, body, timestamp: now })
    const value = headers['stripe-signature'] as string
    const stripeOutcome = (text: string) => codeOf(verify(stripe, { secret, body, now, headers: { 'stripe-signature': text } }))
    expect(await stripeOutcome(value)).toBe('accepted')
    expect(await stripeOutcome(`t=1700000000,${value}`)).toBe('duplicate_header')
    expect(await stripeOutcome(value.replace(/t=\d+,/, ''))).toBe('malformed_header')
  })

  it('a signature of another version, without one, or in another writing', async () => {
    const headers = await signed()
    const value = headers['webhook-signature'] as string
    for (const text of [
      value.slice(3),
      value.replace('v1', 'V1'),
      value.replace('v1', 'v2'),
      value.replace('=', ''),
      `${value}=`,
      '',
      'v1,',
      ' ',
    ]) {
      expect(await outcome({ ...headers, 'webhook-signature': text })).toBe('no_signature')
    }
    const hex = await sign(github, { secret, body })
    const upper = (hex['x-hub-signature-256'] as string).toUpperCase().replace('SHA256', 'sha256')
    expect(await codeOf(verify(github, { secret, body, headers: { ...hex, 'x-hub-signature-256': upper } }))).toBe('no_signature')
  })

  it('the seventeenth well-formed signature and what comes after it; what is malformed does not count', async () => {
    const headers = await signed()
    const value = headers['webhook-signature'] as string
    const other = `v1,${Buffer.alloc(32, 1).toString('base64')}`
    const among = (before: string[]) => outcome({ ...headers, 'webhook-signature': [...before, value].join(' ') })
    expect(await among(Array(15).fill(other))).toBe('accepted')
    expect(await among(Array(16).fill(other))).toBe('signature_mismatch')
    expect(await among(Array(2000).fill('v1,short'))).toBe('accepted')
    expect(await among(Array(2000).fill('v9,abc'))).toBe('accepted')
  })

  it('more secrets than eight, none, or one that is missing', async () => {
    const headers = await signed()
    expect(await outcome(headers, { secret: Array(8).fill(secret) })).toBe('accepted')
    expect(await outcome(headers, { secret: Array(9).fill(secret) })).toBe('invalid_option')
    expect(await outcome(headers, { secret: [] })).toBe('invalid_option')
    expect(await outcome(headers, { secret: undefined })).toBe('invalid_option')
    expect(await outcome(headers, { secret: [secret, undefined] })).toBe('invalid_option')
    expect(await outcome(headers, { secret: '' })).toBe('invalid_secret')
  })

  it('a body that was parsed, and an invalid clock or scheme', async () => {
    const headers = await signed()
    expect(await outcome(headers, { body: JSON.parse(body) })).toBe('invalid_option')
    expect(await outcome(headers, { now: new Date(Number.NaN) })).toBe('invalid_option')
    expect(await codeOf(verify(undefined as never, { secret, body, headers }))).toBe('invalid_option')
    expect(await codeOf(sign({} as never, { secret, body }))).toBe('invalid_option')
  })

  it('never by throwing before there is a promise', () => {
    for (const call of [
      () => verify(undefined as never, undefined as never),
      () => sign(undefined as never, undefined as never),
    ]) {
      const promise = call()
      expect(promise).toBeInstanceOf(Promise)
      promise.catch(() => undefined)
    }
  })
})

const schemes = { github, shopify, slack, standardWebhooks, stripe }
const anyScheme = fc.constantFrom(...Object.values(schemes))
const anyBody = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.json())

describe('laws', () => {
  test.prop([anyScheme, anyBody, fc.uint8Array({ minLength: 1, maxLength: 80 })])(
    'what was signed is accepted',
    async (scheme, content, key) => {
      const headers = await sign(scheme, { secret: key, body: content, timestamp: now })
      for (const shape of [headers, new Headers(headers), Object.entries(headers)]) {
        expect(await codeOf(verify(scheme, { secret: key, body: content, headers: shape, now }))).toBe('accepted')
      }
    },
  )

  test.prop([anyScheme, fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'a changed byte is refused',
    async (scheme, bytes, at, change) => {
      const headers = await sign(scheme, { secret, body: bytes, timestamp: now })
      const changed = Uint8Array.from(bytes)
      changed[at % bytes.length] = (changed[at % bytes.length] as number) ^ change
      expect(await codeOf(verify(scheme, { secret, body: changed, headers, now }))).toBe('signature_mismatch')
    },
  )

  test.prop([
    anyScheme,
    anyBody,
    fc.dictionary(
      fc.constantFrom(
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
        'stripe-signature',
        'x-slack-signature',
        'x-slack-request-timestamp',
        'x-hub-signature-256',
        'x-shopify-hmac-sha256',
        'x-github-delivery',
      ),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('1700000000', 'v1,AAAA', 't=1700000000,v1=00', 'v0=ab', 'sha256=00', 'a, b', ''),
        fc.array(fc.string()),
      ),
    ),
  ])('no input brings anything but a VerificationError', async (scheme, content, headers) => {
    await expect(verify(scheme, { secret, body: content, headers, now })).rejects.toBeInstanceOf(VerificationError)
  })

  test.prop([
    fc.string({ unit: fc.constantFrom('a', '1', '.', '7') }),
    fc.string({ unit: fc.constantFrom('1', '7', '0') }),
    fc.string({ unit: fc.constantFrom('1', '.', 'x') }),
  ])('one signature stands for one id, time and body', async (id, digits, content) => {
    const headers = await sign(standardWebhooks, { secret, id: 'a1', body: `7.${content}`, timestamp: now })
    const moved = { ...headers, 'webhook-id': id, 'webhook-timestamp': digits }
    const isSame = id === 'a1' && digits === '1700000000'
    for (const text of [`7.${content}`, content, `1700000000.7.${content}`]) {
      if (isSame && text === `7.${content}`) continue
      expect(await codeOf(verify(standardWebhooks, { secret, body: text, headers: moved, toleranceSeconds: false }))).not.toBe(
        'accepted',
      )
    }
  })
})

describe('Standard Webhooks with a key pair', () => {
  it('verifies with the public key what the private one signed', async () => {
    const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    const jwk = (key: unknown) => crypto.subtle.exportKey('jwk', key as CryptoKey)
    const [secretKey, publicKey] = [await jwk((pair as CryptoKeyPair).privateKey), await jwk((pair as CryptoKeyPair).publicKey)]
    const headers = await sign(standardWebhooksV1a, { secret: secretKey as never, body, id: 'msg_1', timestamp: now })
    expect(headers['webhook-signature']).toMatch(/^v1a,/)
    const read = standardWebhooksV1a
    expect(await verify(read, { secret: publicKey as never, body, headers, now })).toMatchObject({ id: 'msg_1' })
    expect(await codeOf(verify(read, { secret: publicKey as never, body: `${body} `, headers, now }))).toBe('signature_mismatch')
  })
})

describe('a scheme of one’s own', () => {
  it('in one line is the hex HMAC-SHA256 of the body', async () => {
    const acme = defineScheme({ name: 'acme', signature: { header: 'X-Webhook-Signature' } })
    const headers = await sign(acme, { secret: 'It is a secret', body: 'Hello' })
    const { createHmac } = await import('node:crypto')
    expect(headers).toEqual({ 'x-webhook-signature': createHmac('sha256', 'It is a secret').update('Hello').digest('hex') })
    expect(await verify(acme, { secret: 'It is a secret', body: 'Hello', headers })).toMatchObject({
      scheme: 'acme',
      id: undefined,
    })
  })

  it('may sign the url and the method', async () => {
    const acme = defineScheme({
      name: 'acme',
      content: ['method', { text: ' ' }, 'url', { text: '\n' }, 'body'],
      signature: { header: 'x-sig' },
    })
    const url = 'https://shop.example/hooks?a=1'
    const headers = await sign(acme, { secret, body, url })
    expect(await codeOf(verify(acme, { secret, body, headers, url: new URL(url) }))).toBe('accepted')
    expect(await codeOf(verify(acme, { secret, body, headers, url: `${url}2` }))).toBe('signature_mismatch')
    expect(await codeOf(verify(acme, { secret, body, headers, url, method: 'PUT' }))).toBe('signature_mismatch')
    expect(await codeOf(verify(acme, { secret, body, headers }))).toBe('invalid_option')
    expect(await codeOf(sign(acme, { secret, body }))).toBe('invalid_option')
  })

  it('may have its time in the body, read when the signature holds', async () => {
    const acme = defineScheme({
      name: 'acme',
      signature: { header: 'x-sig' },
      timestamp: { body: '/at' },
      unit: 'ms',
      toleranceSeconds: 60,
    })
    const outcome = async (content: string | Uint8Array, more: object = {}) => {
      const headers = await sign(acme, { secret, body: content })
      return codeOf(verify(acme, { secret, body: content, headers, now, ...more }))
    }
    expect(await outcome(`{"at":${now.getTime()}}`)).toBe('accepted')
    expect(await outcome(`{"at":"${now.getTime()}"}`)).toBe('accepted')
    expect(await outcome(`{"at":${now.getTime() - 61_000}}`)).toBe('timestamp_too_old')
    expect(await outcome(`{"at":1.5}`)).toBe('malformed_timestamp')
    expect(await outcome('{}')).toBe('malformed_timestamp')
    expect(await outcome('not json')).toBe('malformed_timestamp')
    expect(await outcome(new Uint8Array([0xff]))).toBe('malformed_timestamp')
    expect(await outcome('{}', { secret: 'another' })).toBe('signature_mismatch')
  })

  it('without a separator has the digits of today, so that no digit can change sides', async () => {
    const acme = defineScheme({
      name: 'acme',
      content: ['timestamp', 'body'],
      signature: { header: 'x-sig' },
      timestamp: { header: 'x-at' },
    })
    const headers = await sign(acme, { secret, body: '5{}', timestamp: now })
    const moved = { ...headers, 'x-at': `${headers['x-at']}5` }
    expect(await codeOf(verify(acme, { secret, body: '5{}', headers, toleranceSeconds: false }))).toBe('accepted')
    expect(await codeOf(verify(acme, { secret, body: '{}', headers: moved, toleranceSeconds: false }))).toBe(
      'malformed_timestamp',
    )
  })

  it('may end with the id', async () => {
    const acme = defineScheme({
      name: 'acme',
      content: ['timestamp', { text: '.' }, 'id'],
      signature: { header: 'x-sig' },
      id: { header: 'x-id' },
      timestamp: { header: 'x-at' },
    })
    const headers = await sign(acme, { secret, body, id: 'a.b:c', timestamp: now })
    expect(await verify(acme, { secret, body, headers, now })).toMatchObject({ id: 'a.b:c', idIsSigned: true })
  })

  it('may have an algorithm of its own, whose signatures differ in length', async () => {
    const algorithm: Algorithm = {
      name: 'length',
      signer: () => ({ sign: (parts) => new Uint8Array(parts.join('').length).fill(1) }),
      verifier: () => ({
        matches: (parts, candidates) => candidates.some((candidate) => candidate.length === parts.join('').length),
      }),
    }
    const acme = defineScheme({ name: 'acme', algorithm, content: [{ text: 'abc' }], signature: { header: 'x-sig', list: ' ' } })
    const headers = await sign(acme, { secret, body })
    expect(headers).toEqual({ 'x-sig': '010101' })
    expect(await codeOf(verify(acme, { secret, body, headers: { 'x-sig': '01 010101' } }))).toBe('accepted')
    expect(await codeOf(verify(acme, { secret, body, headers: { 'x-sig': '01 0101' } }))).toBe('signature_mismatch')
    expect(await codeOf(verify(acme, { secret, body, headers: { 'x-sig': '' } }))).toBe('no_signature')
  })

  it('is asked once for each secret, however many signatures there are', async () => {
    const calls: number[] = []
    const algorithm: Algorithm = {
      name: 'counting',
      signatureBytes: 1,
      signer: () => ({ sign: () => new Uint8Array(1) }),
      verifier: () => ({
        matches: (_, candidates) => {
          calls.push(candidates.length)
          return false
        },
      }),
    }
    const acme = defineScheme({ name: 'acme', algorithm, signature: { header: 'x-sig', list: ' ' } })
    const headers = { 'x-sig': Array(2000).fill('00').join(' ') }
    expect(await codeOf(verify(acme, { secret: ['a', 'b', 'c'], body, headers }))).toBe('signature_mismatch')
    expect(calls).toEqual([16, 16, 16])
  })

  it('that joins an id and a time in RFC 3339 keeps them apart', async () => {
    const acme = defineScheme({
      name: 'acme',
      content: ['id', 'timestamp', 'body'],
      signature: { header: 'x-sig', prefix: 'sha256=' },
      id: { header: 'X-Id' },
      timestamp: { header: 'X-At' },
      unit: 'iso',
    })
    const headers = await sign(acme, { secret, id: 'a', body: '2023-11-14T22:13:20.000Z{}', timestamp: now })
    expect(await codeOf(verify(acme, { secret, body: '2023-11-14T22:13:20.000Z{}', headers, now }))).toBe('accepted')
    const moved = { ...headers, 'x-id': `a${headers['x-at']}` }
    expect(await codeOf(verify(acme, { secret, body: '{}', headers: moved, now }))).toBe('malformed_header')
  })
})
