import { createHash, createHmac } from 'node:crypto'
import { ConfigurationError, defineScheme, type Scheme, sign, VerificationError, verify } from 'countersign'
import { adyen, contentful, docusign, github, mailgun, openai, slack, twilio } from 'countersign/schemes'
import { describe, expect, it, vi } from 'vitest'
import { inBody } from '../../src/schemes/proofs/in-body'
import { numbered } from '../../src/schemes/proofs/numbered'
import { signedHeaders } from '../../src/schemes/proofs/signed-headers'
import { bytesOf } from '../../src/schemes/proofs/structured-fields'
import { signRequest } from '../../src/signing/sign'
import { receiver } from '../receiver/harness'

const secret = 'a'.repeat(64)
const textOf = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString()

/** What verification makes of a request: `accepted`, or the code and the hint of the refusal. */
const outcome = (scheme: Scheme, request: Omit<Parameters<typeof verify>[1], 'secret'>) =>
  verify(scheme, { secret, ...request }).then(
    () => 'accepted',
    (error) => {
      if (!(error instanceof VerificationError)) throw error
      return `${error.code} ${error.hint}`
    },
  )

describe('a signed form', () => {
  const url = 'https://shop.example/hooks?a=1'
  const signed = (text: string) => ({ 'x-twilio-signature': createHmac('sha1', secret).update(text).digest('base64') })
  const check = (text: string, body: string | Uint8Array, at = url) => outcome(twilio, { headers: signed(text), body, url: at })

  it('keeps a byte order mark as a part of its first name', async () => {
    expect(await check(`${url}\ufeffA1`, '\ufeffA=1')).toBe('accepted')
    expect(await check(`${url}A1`, '\ufeffA=1')).toMatch(/^signature_mismatch /)
  })

  it('has ten thousand names at most', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `p${String(at).padStart(6, '0')}=`)
    const body = (count: number) => names(count).join('&')
    const text = (count: number) => url + body(count).replaceAll('=', '').replaceAll('&', '')
    expect(await check(text(10_000), body(10_000))).toBe('accepted')
    expect(await check(text(10_001), body(10_001))).toMatch(/^signature_mismatch form: /)
  })

  it('is at the URL that was called: of another only a standard port may be left out', async () => {
    expect(await check('/hooksA1', 'A=1', '/hooks')).toBe('accepted')
    expect(await check('https://shop.example/A1', 'A=1', 'ftp+https://shop.example/')).toMatch(/^signature_mismatch /)
    expect(await check('https://shop.example/a\nb:443A1', 'A=1', 'https://shop.example/a\nb')).toMatch(/^signature_mismatch /)
    expect(await check('https://shop.example:443/a\nbA1', 'A=1', 'https://shop.example/a\nb')).toBe('accepted')
  })

  it('has the hash of another body in its query, and nowhere else', async () => {
    const body = '{"a":1}'
    const claim = `bodySHA256=${createHash('sha256').update(body).digest('hex')}`
    for (const at of [`${url}&${claim}`, `${url}?${claim.replace('b', '&b')}`, `${url}&${claim}#a?b`]) {
      expect(await check(at, body, at)).toBe('accepted')
    }
    for (const at of [`https://shop.example/x&${claim}`, `${url}#&${claim}`, `https://shop.example/#?${claim}`]) {
      expect(await check(at, body, at)).toMatch(/^signature_mismatch /)
    }
    const other = `${url}&${claim}`
    expect(await check(other, '{"a":2}', other)).toMatch(/^signature_mismatch bodySHA256: /)
  })

  it('is told of by name where it cannot be signed', async () => {
    const refused = (request: { url: string; body: string | Uint8Array }) => sign(twilio, { secret, ...request })
    await expect(refused({ url: `${url}&bodySHA256=00`, body: '{}' })).rejects.toThrow(
      'Expected `url` to be one whose `bodySHA256` is the hash of the body, got "bodySHA256"',
    )
    await expect(refused({ url, body: Uint8Array.of(0xff) })).rejects.toThrow('Expected `body` to be a form in UTF-8')
    await expect(refused({ url, body: Uint8Array.of(0xff) })).rejects.toBeInstanceOf(ConfigurationError)
  })
})

describe('signed headers', () => {
  const url = 'https://shop.example/hooks'
  const list = 'x-contentful-signed-headers'
  const stamp = 'x-contentful-timestamp'
  const time = Date.now()

  /** Signs as Contentful is documented to: the path as it says, and the headers of any list. */
  function signed(
    path: string,
    names: readonly string[] = [list, stamp],
    others: Record<string, string> = {},
  ): Record<string, string> {
    const all: Record<string, string> = { [list]: names.join(','), [stamp]: String(time), ...others }
    const lines = [...names].sort().map((name) => `${name}:${all[name]}`)
    const text = `POST\n${path}\n${lines.join(';')}\n{}`
    return { ...all, 'x-contentful-signature': createHmac('sha256', secret).update(text).digest('hex') }
  }
  const check = (headers: Record<string, string>, at = url) => outcome(contentful, { headers, body: '{}', url: at })

  it.each([
    ['https://shop.example', '/'],
    ['https://shop.example?a=1', '/?a%253D1'],
    ['https://shop.example/a b/ü', '/a%20b/%C3%BC'],
    ['https://shop.example/a?b=c&d=ü', '/a?b%253Dc%2526d%253D%25C3%25BC'],
    ['https://shop.example/a?b?c', '/a?b%253Fc'],
    ['https://shop.example/a#b?c', '/a'],
    ['HTTPS://shop.example/a', '/a'],
    ['/a', '/'],
    ['//x://shop.example/a', '/'],
  ])('cover the path of %s as %s', async (at, path) => {
    expect(await check(signed(path), at)).toBe('accepted')
    expect(await check(signed(`${path}x`), at)).toMatch(/^signature_mismatch /)
  })

  it('are 64 at most', async () => {
    const of = (count: number) => {
      const others = Object.fromEntries(Array.from({ length: count - 2 }, (_, at) => [`x-${at}`, 'a']))
      return check(signed('/hooks', [list, stamp, ...Object.keys(others)], others))
    }
    expect(await of(64)).toBe('accepted')
    expect(await of(65)).toMatch(/^malformed_header x-contentful-signed-headers: /)
  })

  it('are told of by name where one is not there, or not in the list', async () => {
    expect(await check(signed('/hooks', [list, stamp, 'x-other']))).toMatch(/^missing_header x-other: /)
    expect(await check(signed('/hooks', [list]))).toMatch(/^malformed_header x-contentful-signed-headers: /)
    const { [list]: _, ...without } = signed('/hooks')
    expect(await check(without)).toMatch(/^malformed_header x-contentful-signed-headers: /)
  })

  it('are listed in the order of their names, with an id or without', async () => {
    const scheme = defineScheme({
      name: 'acme',
      content: ['method', 'url', 'timestamp', 'body'],
      signature: { header: 'x-signature' },
      proof: signedHeaders('z-list'),
      timestamp: { header: 'a-time' },
    })
    const headers = await sign(scheme, { secret, url, body: '{}' })
    expect(headers['z-list']).toBe('a-time,z-list')
    await expect(verify(scheme, { secret, headers, url, body: '{}' })).resolves.toMatchObject({
      id: undefined,
      idIsSigned: false,
    })
  })
})

describe('numbered signatures', () => {
  const signature = (body: string) => createHmac('sha256', secret).update(body).digest('base64')

  it('may leave numbers out', async () => {
    expect(await outcome(docusign, { headers: { 'x-docusign-signature-2': signature('x') }, body: 'x' })).toBe('accepted')
    expect(await outcome(docusign, { headers: { 'x-docusign-signature-100': signature('x') }, body: 'x' })).toBe('accepted')
    expect(await outcome(docusign, { headers: { 'x-docusign-signature-101': signature('x') }, body: 'x' })).toMatch(/^missing_/)
    expect(await outcome(docusign, { headers: {}, body: 'x' })).toMatch(/^missing_header x-docusign-signature: /)
  })

  it('stand beside headers that have no number', async () => {
    const scheme = defineScheme({
      name: 'acme',
      signature: { header: 'x-sig', list: ',' },
      proof: numbered(3),
      id: { header: 'x-id' },
    })
    const headers = await sign(scheme, { secret: ['one of some length', secret], body: 'x', id: 'evt_1' })
    expect(Object.keys(headers).sort()).toEqual(['x-sig-1', 'x-sig-2'])
    const verified = await verify(scheme, { secret, headers: { ...headers, 'x-id': 'evt_1' }, body: 'x' })
    expect(verified).toMatchObject({ id: 'evt_1', idIsSigned: false })
  })
})

describe('a proof in the body', () => {
  const item = (at: number) => ({ NotificationRequestItem: { pspReference: String(at), eventCode: 'MADE' } })
  const notification = (count: number) =>
    JSON.stringify({ notificationItems: Array.from({ length: count }, (_, at) => item(at)) })
  const hint = /^no_signature \/additionalData\/hmacSignature: the body is not the JSON of this scheme/

  it('is of a hundred items at most', async () => {
    const { body } = await signRequest(adyen, { secret, body: notification(100) })
    expect(await outcome(adyen, { headers: {}, body: body ?? '' })).toBe('accepted')
    const document = JSON.parse(textOf(body))
    document.notificationItems.push(document.notificationItems[0])
    expect(await outcome(adyen, { headers: {}, body: JSON.stringify(document) })).toMatch(hint)
    expect(textOf((await signRequest(adyen, { secret, body: '{"a":1}' })).body)).toBe('{"a":1}')
  })

  it('is nowhere in what is no JSON, no UTF-8, or has no items', async () => {
    const { body = new Uint8Array() } = await signRequest(adyen, { secret, body: notification(1).replace('{', '{"a":"_",') })
    expect(await outcome(adyen, { headers: {}, body })).toBe('accepted')
    const spoilt = Buffer.from(body)
    spoilt[spoilt.indexOf('_')] = 0xff
    for (const other of [spoilt, 'no JSON', '']) {
      expect(await outcome(adyen, { headers: {}, body: other })).toMatch(/^no_signature body: the body is not the JSON/)
    }
    for (const other of ['{}', 'null', '[]', '{"notificationItems":[]}', '{"notificationItems":{"length":1}}', notification(1)]) {
      expect(await outcome(adyen, { headers: {}, body: other })).toMatch(hint)
    }
  })

  it('says nothing of an id', async () => {
    const { body = '' } = await signRequest(adyen, { secret, body: notification(1) })
    await expect(verify(adyen, { secret, headers: {}, body })).resolves.toMatchObject({ id: undefined, idIsSigned: false })
  })

  it('is put into whatever the body is', async () => {
    for (const [body, kept] of [
      ['{"a":1}', { a: 1 }],
      ['{"signature":{"b":2}}', {}],
      ['null', {}],
      ['7', {}],
      ['"text"', {}],
    ] as const) {
      const signed = await signRequest(mailgun, { secret, body, id: 'token' })
      const { signature, ...rest } = JSON.parse(textOf(signed.body))
      expect(rest).toEqual(kept)
      expect(signature).toMatchObject({ token: 'token', ...(body.includes('b') && { b: 2 }) })
      expect(await outcome(mailgun, { headers: {}, body: signed.body ?? '' })).toBe('accepted')
    }
    const list = await signRequest(adyen, { secret, body: notification(2) })
    expect(Array.isArray(JSON.parse(textOf(list.body)).notificationItems)).toBe(true)
  })

  it('leaves an id alone that is there, or that is a header’s', async () => {
    const { body: own } = await signRequest(mailgun, { secret, body: '{"signature":{"token":"mine"}}', id: 'another' })
    expect(JSON.parse(textOf(own))).toMatchObject({ signature: { token: 'mine' } })

    const scheme = defineScheme({
      name: 'acme',
      content: [{ body: '/a' }],
      signature: { body: '/signature' },
      proof: inBody(),
      id: { header: 'x-id' },
    })
    const { body } = await signRequest(scheme, { secret, body: '{"a":"b"}' })
    expect(JSON.parse(textOf(body))).toEqual({ a: 'b', signature: createHmac('sha256', secret).update('b').digest('hex') })
  })
})

describe('an id', () => {
  it('that is signed holds nothing of what comes after it, however long that is', async () => {
    const scheme = defineScheme({
      name: 'acme',
      content: ['id', { text: '::' }, 'body'],
      signature: { header: 'x-sig' },
      id: { header: 'x-id' },
    })
    await expect(sign(scheme, { secret, body: 'x', id: 'a.b' })).resolves.toMatchObject({ 'x-id': 'a.b' })
    await expect(sign(scheme, { secret, body: 'x', id: 'a:b' })).rejects.toThrow('without a space or the scheme’s separator')
  })

  it('that is not signed may hold whatever can be sent', async () => {
    await expect(sign(github, { secret, body: 'x', id: 'a:b.c' })).resolves.toMatchObject({ 'x-github-delivery': 'a:b.c' })
    await expect(sign(github, { secret, body: 'x', id: 'a b' })).rejects.toThrow('Expected `id`')
  })
})

it('a signature of another length than its algorithm’s is none', async () => {
  const { 'x-hub-signature-256': whole = '' } = await sign(github, { secret, body: 'x' })
  for (const text of [whole.slice(0, -2), `${whole}00`]) {
    expect(await outcome(github, { headers: { 'x-hub-signature-256': text }, body: 'x' })).toMatch(/^no_signature /)
  }
})

describe('a secret of OpenAI', () => {
  const signing = async (own: string | Uint8Array, key: string | Uint8Array) => {
    const headers = await sign(openai, { secret: own, body: '{}', id: 'evt_1', timestamp: new Date(1_700_000_000_000) })
    const mac = createHmac('sha256', key).update('evt_1.1700000000.{}').digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${mac}`)
    await expect(verify(openai, { secret: own, headers, body: '{}', toleranceSeconds: false })).resolves.toBeDefined()
  }

  it('is base64 behind its prefix, the text itself without, and bytes as they are', async () => {
    // Keys are kept by their text: a new one is read anew.
    const secret = crypto.randomUUID()
    await signing(`whsec_${Buffer.from(secret).toString('base64')}`, secret)
    await signing(secret, secret)
    await signing(`${secret}whsec_`, `${secret}whsec_`)
    await signing(Buffer.from(secret), secret)
  })
})

it('Slack’s challenge is one by its type alone', async () => {
  const handler = vi.fn()
  const { send } = receiver({ scheme: slack }, handler)
  expect(await (await send({ type: 'event_callback', event_id: 'Ev1', challenge: 'x' })).text()).toBe('')
  expect(handler).toHaveBeenCalledOnce()
})

it('bytes of a structured field begin with a colon', () => {
  expect(bytesOf(':AAEC:')).toEqual(Uint8Array.of(0, 1, 2))
  for (const value of ['"AAEC"', 'AAEC', 'xAAEC:', '']) expect(bytesOf(value)).toBeUndefined()
})
