import { generateKeyPairSync, sign as signBytes, X509Certificate } from 'node:crypto'
import https from 'node:https'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Scheme, sign, VerificationError, verify } from 'countersign'
import { awsSns, awsSnsV1With, awsSnsWith, type CertificateFetch, paypal, paypalWith } from 'countersign/schemes'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCertificate } from '../../src/crypto/certificate'
import { receiver, shown } from '../receiver/harness'
import { selfSigned } from '../sender/certificate'

/** It has no types. */
const MessageValidator: new () => { validate(message: string, done: (error: Error | null) => void): void } = createRequire(
  import.meta.url,
)('sns-validator')

const now = new Date('2026-11-24T10:00:00.000Z')
const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })
const keys = rsa()
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') }
const { cert } = selfSigned('sns.amazonaws.com', { keys, ...validity })

/** Answers every address with the same, and remembers which were asked for. */
function fetching(answer: () => Response | Promise<Response> = () => new Response(cert)) {
  const fetch = vi.fn<CertificateFetch>(async () => answer())
  return { fetch, urls: () => fetch.mock.calls.map(([url]) => url) }
}

const refusal = async (verified: Promise<unknown>) => {
  const error = await verified.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(VerificationError)
  return error as VerificationError
}
const rejection = async (verified: Promise<unknown>) => (await refusal(verified)).code

const topic = 'arn:aws:sns:eu-west-1:123456789012:orders'
const signingUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem'
const notification = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: topic,
  Subject: 'An order',
  Message: '{"order":1}',
  Timestamp: '2026-11-24T09:59:30.000Z',
  SignatureVersion: '2',
  SigningCertURL: signingUrl,
  UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
}
const confirmation = {
  ...notification,
  Type: 'SubscriptionConfirmation',
  Subject: undefined,
  Token: 'a token',
  SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=a',
}

/** Signs as SNS is documented to: names and values of the fields in the order of their names, a line each. */
function signedBySns(message: Record<string, string | undefined>, { hash = 'sha256', key = keys.privateKey } = {}) {
  const fields =
    message.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  const lines = fields.filter((field) => message[field] !== undefined).map((field) => `${field}\n${message[field]}\n`)
  return { ...message, Signature: signBytes(hash, Buffer.from(lines.join('')), key).toString('base64') }
}

const verifySns = (message: object, scheme: Scheme = awsSnsWith(fetching()), secret: string | string[] = topic) =>
  verify(scheme, { secret, headers: {}, body: JSON.stringify(message), now })

describe('Amazon SNS', () => {
  it('is verified under the certificate that it names', async () => {
    const { fetch, urls } = fetching()
    const scheme = awsSnsWith({ fetch })
    const verified = await verifySns(signedBySns(notification), scheme, ['arn:aws:sns:eu-west-1:123456789012:other', topic])
    expect(verified).toEqual({
      scheme: 'aws-sns',
      id: undefined,
      idIsSigned: false,
      timestamp: new Date(notification.Timestamp),
      secretIndex: 1,
    })
    await verifySns(signedBySns({ ...notification, Subject: undefined, Message: 'two\nlines' }), scheme)
    await verifySns(signedBySns(confirmation), scheme)
    await verifySns(signedBySns({ ...confirmation, Type: 'UnsubscribeConfirmation' }), scheme)
    expect(urls()).toEqual([signingUrl])
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ redirect: 'error' })
  })

  it.each<[string, Partial<Record<keyof typeof notification | 'Signature', unknown>>]>([
    ['another message', { Message: '{"order":2}' }],
    ['another id', { MessageId: 'another' }],
    ['another subject', { Subject: 'Another order' }],
    ['no subject', { Subject: undefined }],
    ['another time', { Timestamp: '2026-11-24T09:59:31.000Z' }],
    ['another topic', { TopicArn: `${topic}2` }],
    ['another type', { Type: 'SubscriptionConfirmation' }],
    ['an unknown type', { Type: 'toString' }],
    ['no message', { Message: undefined }],
    ['a message that is no text', { Message: { order: 1 } }],
    ['no signature', { Signature: undefined }],
    ['an empty signature', { Signature: '' }],
    ['a signature that is no base64', { Signature: 'not base64' }],
  ])('is refused with %s', async (_, change) => {
    await rejection(verifySns({ ...signedBySns(notification), ...change }))
  })

  it('is refused without what it must hold, whoever signed it, and is told so', async () => {
    for (const field of ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type']) {
      const { hint, code } = await refusal(verifySns(signedBySns({ ...notification, [field]: undefined })))
      expect(code).toBe('no_signature')
      expect(hint).toMatch(/^body: /)
    }
    const { hint } = await refusal(verifySns(signedBySns({ ...notification, SignatureVersion: '1' })))
    expect(hint).toMatch(/^SignatureVersion is not 2; use awsSns for 2, awsSnsV1 for 1: /)
  })

  it('is refused when a value could pass for another line', async () => {
    // The same lines, cut elsewhere.
    const message = `hello\nMessageId\nforged\nSubject\nx`
    const signed = signedBySns({ ...notification, Message: message, Subject: undefined })
    await verifySns(signed)
    const cut = { ...signed, Message: 'hello', MessageId: 'forged', Subject: `x\nMessageId\n${notification.MessageId}` }
    expect(await rejection(verifySns(cut))).toBe('no_signature')
  })

  it('is refused for the topic of somebody else, though SNS signed it', async () => {
    const other = 'arn:aws:sns:eu-west-1:999999999999:orders'
    expect(await rejection(verifySns(signedBySns({ ...notification, TopicArn: other })))).toBe('signature_mismatch')
  })

  it('has a scheme for each version, of which the request chooses none', async () => {
    const one = { ...notification, SignatureVersion: '1' }
    const v1 = awsSnsV1With(fetching())
    await expect(verifySns(signedBySns(one, { hash: 'sha1' }), v1)).resolves.toMatchObject({ scheme: 'aws-sns-v1' })
    expect(await rejection(verifySns(signedBySns(one, { hash: 'sha1' })))).toBe('no_signature')
    expect(await rejection(verifySns(signedBySns(notification), v1))).toBe('no_signature')
    expect(await rejection(verifySns({ ...signedBySns(one, { hash: 'sha1' }), SignatureVersion: '2' }))).toBe(
      'signature_mismatch',
    )
  })

  it('is too old after an hour', async () => {
    const at = (Timestamp: string) => verifySns(signedBySns({ ...notification, Timestamp }))
    await at('2026-11-24T09:00:00.000Z')
    expect(await rejection(at('2026-11-24T08:59:59.000Z'))).toBe('timestamp_too_old')
    expect(await rejection(at('2026-11-24T11:00:01.000Z'))).toBe('timestamp_too_new')
    expect(await rejection(at('yesterday'))).toBe('malformed_timestamp')
  })

  it.each([
    ['http', signingUrl.replace('https', 'http')],
    ['another host', 'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem'],
    ['a host that ends alike', 'https://evilsns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem'],
    ['a bucket of anybody’s', 'https://sns.eu-west-1.s3.amazonaws.com/SimpleNotificationService-0.pem'],
    ['a user', 'https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem'],
    ['credentials', 'https://a:b@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem'],
    ['a port', 'https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-0.pem'],
    ['another path', 'https://sns.eu-west-1.amazonaws.com/evil/SimpleNotificationService-0.pem'],
    ['a path that is not what it seems', 'https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0.pem'],
    ['a path that goes on', `${signingUrl}/evil`],
    ['a query', `${signingUrl}?a=b`],
    ['a fragment', `${signingUrl}#.pem`],
    ['a file', 'file:///etc/SimpleNotificationService-0.pem'],
    ['no URL', 'SimpleNotificationService-0.pem'],
    ['nothing', undefined],
  ])('asks for no certificate at an address with %s', async (_, SigningCertURL) => {
    const { fetch, urls } = fetching()
    expect(await rejection(verifySns(signedBySns({ ...notification, SigningCertURL }), awsSnsWith({ fetch })))).toBe(
      'malformed_header',
    )
    expect(urls()).toEqual([])
  })

  it('takes the ARN of a topic for its secret, and can be signed by nobody else', async () => {
    await expect(verifySns(notification, awsSns, 'a secret')).rejects.toThrow('the ARN of the topic')
    await expect(sign(awsSns, { secret: topic, body: '{}' })).rejects.toThrow('Only aws-sns itself can sign')
  })

  it('takes the ARN of a topic in any part of AWS, and nothing around it', async () => {
    const of = (arn: string) =>
      verifySns(signedBySns({ ...notification, TopicArn: arn }), awsSnsWith(fetching()), arn).then(
        () => 'accepted',
        (error) => error.message,
      )
    for (const part of ['aws', 'aws-cn', 'aws-us-gov']) {
      expect(await of(`arn:${part}:sns:eu-west-1:123456789012:a.b_c-d`)).toBe('accepted')
    }
    for (const arn of [`x${topic}`, `${topic}/x`, `${topic}\nx`, topic.replace('sns', 'sqs'), topic.replace('123', '')]) {
      expect(await of(arn)).toContain('the ARN of the topic')
    }
  })

  it('is known by its id, which is signed, for an hour in which the same bytes may come again', () => {
    expect(awsSnsWith(fetching())).toMatchObject({
      name: 'aws-sns',
      content: [
        { body: '/Message' },
        { body: '/MessageId' },
        { body: '/Subject' },
        { body: '/Timestamp' },
        { body: '/TopicArn' },
        { body: '/Type' },
        { body: '/SubscribeURL' },
        { body: '/Token' },
      ],
      key: { encoding: 'utf8' },
      encoding: 'base64',
      signature: { body: '/Signature' },
      timestamp: { body: '/Timestamp' },
      unit: 'iso',
      id: { body: '/MessageId' },
      type: { body: '/Type' },
      toleranceSeconds: 3600,
      retry: { windowSeconds: 3600, resigned: false },
      handshake: undefined,
    })
    expect(paypalWith(fetching())).toMatchObject({
      name: 'paypal',
      content: ['timestamp', { text: '|' }, 'body'],
      key: { encoding: 'utf8' },
      encoding: 'base64',
      signature: { header: 'paypal-transmission-sig' },
      timestamp: { header: 'paypal-transmission-time' },
      unit: 'iso',
      id: { body: '/id' },
      type: { body: '/event_type' },
      toleranceSeconds: 300,
      retry: { windowSeconds: 259_200, resigned: true },
    })
  })

  const post = (message: object) => new Request('https://shop.example/hooks', { method: 'POST', body: JSON.stringify(message) })

  it('confirms a subscription by itself, when asked to', async () => {
    const { fetch, urls } = fetching(() => new Response(cert))
    const handler = vi.fn()
    const options = { secret: topic, now: () => now }
    const { hook } = receiver({ ...options, scheme: awsSnsWith({ fetch, confirm: true }) }, handler)
    expect(await shown(await hook(post(signedBySns(confirmation))))).toMatchObject({ status: 200 })
    expect(urls()).toEqual([signingUrl, confirmation.SubscribeURL])
    // What is not read is given up, or its connection would stay open.
    expect((await fetch.mock.results[1]?.value)?.bodyUsed).toBe(true)
    expect(handler).not.toHaveBeenCalled()
    expect(fetch.mock.calls[1]?.[1]).toEqual({ redirect: 'error', signal: expect.any(AbortSignal) })
    for (const SubscribeURL of [
      'https://evil.example/',
      confirmation.SubscribeURL.replace('https', 'http'),
      confirmation.SubscribeURL.replace('.com/', '.com:444/'),
      confirmation.SubscribeURL.replace('//', '//user@'),
      'no URL',
      '',
    ]) {
      expect(await shown(await hook(post(signedBySns({ ...confirmation, SubscribeURL }))))).toMatchObject({ status: 401 })
    }
    expect(await shown(await hook(post({ ...signedBySns(confirmation), Token: 'forged' })))).toMatchObject({ status: 401 })
    expect(urls()).toHaveLength(2)
    fetch.mockImplementationOnce(async () => new Response('', { status: 500 }))
    expect(await shown(await hook(post(signedBySns(confirmation))))).toMatchObject({ status: 503 })
    fetch.mockImplementationOnce(async () => ({ status: 200, body: null }))
    expect(await shown(await hook(post(signedBySns(confirmation))))).toMatchObject({ status: 200 })
    fetch.mockImplementationOnce(async () => Promise.reject(new Error('no route')))
    expect(await shown(await hook(post(signedBySns(confirmation))))).toMatchObject({ status: 503 })
    expect(await shown(await hook(post(signedBySns(notification))))).toMatchObject({ status: 200 })
    expect(handler).toHaveBeenCalledOnce()
  })

  it('hands the confirmation to the handler, when not asked to', async () => {
    const handler = vi.fn()
    const { hook } = receiver({ secret: topic, now: () => now, scheme: awsSnsWith(fetching()) }, handler)
    expect(await shown(await hook(post(signedBySns(confirmation))))).toMatchObject({ status: 200 })
    expect(handler.mock.calls[0]?.[0]).toMatchObject({ type: 'SubscriptionConfirmation', id: confirmation.MessageId })
  })

  it('is told to come back when its certificate cannot be fetched', async () => {
    const { hook } = receiver({
      secret: topic,
      now: () => now,
      scheme: awsSnsWith(fetching(() => Promise.reject(new Error('no')))),
    })
    expect(await shown(await hook(post(signedBySns(notification))))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
    })
  })
})

it('AWS’s own validator says the same of the same messages', async () => {
  const get = vi.spyOn(https, 'get').mockImplementation(((_: string, answer: (response: object) => void) => {
    answer(Object.assign(Readable.from([cert]), { statusCode: 200 }))
    return { on: () => undefined }
  }) as never)
  const validator = new MessageValidator()
  const accepts = (message: object) =>
    new Promise<boolean>((resolve) => validator.validate(JSON.stringify(message), (error) => resolve(!error)))
  const ours = (message: object, scheme: Scheme) =>
    verifySns(message, scheme).then(
      () => true,
      () => false,
    )
  const v1 = { ...notification, SignatureVersion: '1' }
  const messages = [
    [signedBySns(notification), awsSnsWith(fetching()), true],
    [signedBySns(confirmation), awsSnsWith(fetching()), true],
    [signedBySns(v1, { hash: 'sha1' }), awsSnsV1With(fetching()), true],
    [{ ...signedBySns(notification), Message: 'forged' }, awsSnsWith(fetching()), false],
    [{ ...signedBySns(confirmation), Token: 'forged' }, awsSnsWith(fetching()), false],
    [{ ...signedBySns(v1, { hash: 'sha1' }), Message: 'forged' }, awsSnsV1With(fetching()), false],
  ] as const
  for (const [message, scheme, isGenuine] of messages) {
    expect(await accepts(message)).toBe(isGenuine)
    expect(await ours(message, scheme)).toBe(isGenuine)
  }
  expect(get).toHaveBeenCalled()
  get.mockRestore()
})

describe('a certificate', () => {
  const at = (fetch: CertificateFetch, url = signingUrl, time = now) =>
    verify(awsSnsWith({ fetch }), {
      secret: topic,
      headers: {},
      body: JSON.stringify(signedBySns({ ...notification, SigningCertURL: url })),
      now: time,
      toleranceSeconds: false,
    })

  it.each<[string, () => Response | Promise<Response>, string]>([
    ['not found', () => new Response('no', { status: 404 }), 'malformed_header'],
    ['on a page that says there is none', () => new Response(cert, { status: 404 }), 'malformed_header'],
    ['without a body', () => new Response(null), 'malformed_header'],
    ['a byte longer than any', () => new Response(cert.padEnd(16 * 1024 + 1)), 'malformed_header'],
    ['no certificate', () => new Response('hello'), 'malformed_header'],
    ['a redirect', () => new Response('', { status: 302, headers: { location: 'https://evil.example' } }), 'malformed_header'],
    ['of 17 KiB', () => new Response(`${cert}${' '.repeat(17 * 1024)}`), 'malformed_header'],
    [
      'without end',
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(4096)) })),
      'malformed_header',
    ],
    ['of another key', () => new Response(selfSigned('x', { keys: rsa(), ...validity }).cert), 'signature_mismatch'],
    ['cut off', () => new Response(cert.replace(/\n.*\n-----END/, '\n-----END')), 'malformed_header'],
    ['of a server that fails', () => new Response('', { status: 500 }), 'key_unavailable'],
    ['of a server in trouble', () => new Response('', { status: 503 }), 'key_unavailable'],
    ['of a server that limits us', () => new Response('', { status: 429 }), 'key_unavailable'],
    ['out of reach', () => Promise.reject(new TypeError('fetch failed')), 'key_unavailable'],
  ])('that is %s verifies nothing', async (_, answer, code) => {
    expect(await rejection(at(fetching(answer).fetch))).toBe(code)
  })

  it('may be as long as the longest, in pieces of any size', async () => {
    const text = Buffer.from(cert.padEnd(16 * 1024))
    const pieces = new ReadableStream({
      start(to) {
        for (let from = 0; from < text.length; from += 1000) to.enqueue(new Uint8Array(text.subarray(from, from + 1000)))
        to.close()
      },
    })
    await at(fetching(() => new Response(pieces)).fetch)
  })

  it('is told of by its address, of which a stranger writes a hundred characters at most', async () => {
    const { hint } = await refusal(at(fetching().fetch, `https://evil.example/${'a'.repeat(200)}`))
    expect(hint).toContain(`https://evil.example/${'a'.repeat(79)}: is no address`)
  })

  describe('in the course of time', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
    afterEach(() => void vi.useRealTimers())

    it('is kept for a day, and then fetched again', async () => {
      const { fetch, urls } = fetching()
      const scheme = awsSnsWith({ fetch })
      const look = () => verifySns(signedBySns(notification), scheme)
      await look()
      vi.advanceTimersByTime(24 * 3600 * 1000 - 1)
      await look()
      expect(urls()).toHaveLength(1)
      vi.advanceTimersByTime(1)
      await look()
      await look()
      expect(urls()).toHaveLength(2)
    })

    it('that does not exist is asked for again after a minute', async () => {
      const { fetch, urls } = fetching(() => new Response('', { status: 404 }))
      const scheme = awsSnsWith({ fetch })
      const look = () => rejection(verifySns(signedBySns(notification), scheme))
      await look()
      vi.advanceTimersByTime(59_999)
      await look()
      expect(urls()).toHaveLength(1)
      vi.advanceTimersByTime(1)
      await look()
      expect(urls()).toHaveLength(2)
    })
  })

  it('is kept beside fifteen others; the one that was fetched first goes first', async () => {
    const { fetch, urls } = fetching()
    const scheme = awsSnsWith({ fetch })
    const look = (which: number) =>
      verifySns(
        signedBySns({
          ...notification,
          SigningCertURL: `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${which}.pem`,
        }),
        scheme,
      )
    for (let which = 0; which < 16; which++) await look(which)
    for (let which = 0; which < 16; which++) await look(which)
    expect(urls()).toHaveLength(16)
    await look(16)
    await look(1)
    expect(urls()).toHaveLength(17)
    await look(0)
    expect(urls()).toHaveLength(18)
  })

  it('is good in its own time only', async () => {
    const { fetch } = fetching()
    await at(fetch, signingUrl, validity.notBefore)
    await at(fetch, signingUrl, validity.notAfter)
    expect(await rejection(at(fetch, signingUrl, new Date(validity.notBefore.getTime() - 1)))).toBe('malformed_header')
    expect(await rejection(at(fetch, signingUrl, new Date(validity.notAfter.getTime() + 1)))).toBe('malformed_header')
  })

  it('is fetched by a function', () => {
    expect(() => awsSnsWith({ fetch: 'https://example.com' as never })).toThrow('Expected `fetch` to be a function')
  })

  it('is fetched once, however many ask at the same time', async () => {
    const { fetch, urls } = fetching()
    const scheme = awsSnsWith({ fetch })
    await Promise.all(Array.from({ length: 50 }, () => verifySns(signedBySns(notification), scheme)))
    expect(urls()).toEqual([signingUrl])
  })

  it('that does not exist is not asked for again and again', async () => {
    const { fetch, urls } = fetching(() => new Response('', { status: 404 }))
    const scheme = awsSnsWith({ fetch })
    for (let time = 0; time < 3; time++) await rejection(verifySns(signedBySns(notification), scheme))
    expect(urls()).toHaveLength(1)
  })

  it('is fetched by four requests at once at most, whatever strangers make up', async () => {
    let open!: () => void
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { fetch, urls } = fetching(async () => {
      await gate
      return new Response('', { status: 404 })
    })
    const scheme = awsSnsWith({ fetch })
    const codes = Array.from({ length: 100 }, (_, at) => {
      const SigningCertURL = `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${at}.pem`
      return rejection(verifySns(signedBySns({ ...notification, SigningCertURL }), scheme))
    })
    open()
    expect((await Promise.all(codes)).filter((code) => code === 'key_unavailable')).toHaveLength(96)
    expect(urls()).toHaveLength(4)
  })

  it('is read as Node reads it', () => {
    const years = [
      ['1999-12-31T23:59:59Z', '2049-06-01T00:00:00Z'],
      ['2026-01-01T00:00:00Z', '2051-01-01T00:00:00Z'],
    ] as const
    for (const [from, until] of years) {
      const { cert: pem } = selfSigned('name', { keys, notBefore: new Date(from), notAfter: new Date(until) })
      const node = new X509Certificate(pem)
      const read = readCertificate(pem)
      expect(Buffer.from(read?.publicKey ?? [])).toEqual(node.publicKey.export({ type: 'spki', format: 'der' }))
      expect(read).toMatchObject({ notBefore: new Date(node.validFrom), notAfter: new Date(node.validTo) })
    }
  })

  it('with a byte less or more is none', () => {
    const [head, ...lines] = cert.trim().split('\n')
    const bytes = Buffer.from(lines.slice(0, -1).join(''), 'base64')
    const pem = (content: Buffer) => `${head}\n${content.toString('base64')}\n-----END CERTIFICATE-----\n`
    expect(readCertificate(pem(bytes))).toBeDefined()
    for (let length = 0; length < bytes.length; length += 7)
      expect(readCertificate(pem(bytes.subarray(0, length)))).toBeUndefined()
    expect(readCertificate(pem(Buffer.concat([bytes, Buffer.from([0])])))).toBeUndefined()
  })
})

describe('PayPal', () => {
  const webhookId = '8PT597110X687430LKGECATA'
  const body = '{"id":"WH-2","event_type":"PAYMENT.CAPTURE.COMPLETED","amount":"10.00"}'
  const url = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270'
  const signed = (text = body, id = webhookId) => {
    const [transmission, time] = ['69cd13f0-d67a-11e5-baa3-778b53f4ae55', '2026-11-24T09:59:30Z']
    const content = `${transmission}|${time}|${id}|${crc32(text)}`
    return {
      'paypal-transmission-id': transmission,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': signBytes('sha256', Buffer.from(content), keys.privateKey).toString('base64'),
      'paypal-cert-url': url,
      'paypal-auth-algo': 'SHA256withRSA',
    }
  }
  const check = (headers: Record<string, string | string[] | undefined>, secret: string | string[] = webhookId, text = body) =>
    verify(paypalWith(fetching()), { secret, headers, body: text, now })

  it('is verified over the checksum of the body', async () => {
    await expect(check(signed(), ['1AB23456CD789012E', webhookId])).resolves.toMatchObject({ scheme: 'paypal', secretIndex: 1 })
    await check(signed('Zoë ✓'), webhookId, 'Zoë ✓')
    await check(signed(''), webhookId, '')
  })

  it.each<[string, Record<string, string | string[] | undefined>]>([
    ['another id', { 'paypal-transmission-id': 'another' }],
    ['an id with a separator', { 'paypal-transmission-id': 'a|b' }],
    ['an id that begins with one', { 'paypal-transmission-id': '|b' }],
    ['an id that ends with one', { 'paypal-transmission-id': 'a|' }],
    ['no id', { 'paypal-transmission-id': undefined }],
    ['another time', { 'paypal-transmission-time': '2026-11-24T09:59:31Z' }],
    ['an old time', { 'paypal-transmission-time': '2026-11-24T09:00:00Z' }],
    ['no time', { 'paypal-transmission-time': undefined }],
    ['no signature', { 'paypal-transmission-sig': undefined }],
    ['an empty signature', { 'paypal-transmission-sig': '' }],
    ['two signatures', { 'paypal-transmission-sig': ['a', 'b'] }],
    ['no certificate', { 'paypal-cert-url': undefined }],
    ['a certificate of anybody’s', { 'paypal-cert-url': 'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1' }],
    ['an image of a user', { 'paypal-cert-url': 'https://www.paypal.com/v1/notifications/certs/CERT-1' }],
    ['a host that ends alike', { 'paypal-cert-url': 'https://evil-api.paypal.com/v1/notifications/certs/CERT-1' }],
    ['a path before it', { 'paypal-cert-url': 'https://api.paypal.com/evil/v1/notifications/certs/CERT-1' }],
    ['a path behind it', { 'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1/evil' }],
    ['a path of its own', { 'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/../../evil' }],
  ])('is refused with %s', async (_, change) => {
    await rejection(check({ ...signed(), ...change }))
  })

  it('tells which part is not in its form', async () => {
    const told = async (change: object) => {
      const { code, hint } = await refusal(check({ ...signed(), ...change }))
      return `${code} ${hint}`
    }
    expect(await told({ 'paypal-transmission-id': 'a|b' })).toMatch(/^malformed_header paypal-transmission-id: /)
    expect(await told({ 'paypal-transmission-sig': 'not base64' })).toMatch(/^no_signature /)
    expect(await told({ 'paypal-transmission-sig': '' })).toMatch(/^no_signature /)
    expect(await told({ 'paypal-cert-url': '' })).toMatch(/^malformed_header .*is no address/)
  })

  it('has its id in the body: that of the try is another each time', async () => {
    await expect(check(signed())).resolves.toMatchObject({ id: undefined, idIsSigned: false })
  })

  it('is refused with another body or for another webhook', async () => {
    expect(await rejection(check(signed(), webhookId, `${body} `))).toBe('signature_mismatch')
    expect(await rejection(check(signed(body, '1AB23456CD789012E')))).toBe('signature_mismatch')
  })

  it('takes the id of a webhook for its secret, and can be signed by nobody else', async () => {
    for (const id of ['A'.repeat(10), '9'.repeat(40)]) {
      await expect(check(signed(body, id), id)).resolves.toMatchObject({ secretIndex: 0 })
    }
    for (const id of ['A'.repeat(9), 'A'.repeat(41), `x${webhookId}`, `${webhookId}x`, webhookId.toLowerCase()]) {
      await expect(check(signed(body, id), id)).rejects.toThrow('the id of the webhook, such as 8PT597110X687430LKGECATA')
    }
    await expect(check(signed(), 'a secret')).rejects.toThrow('the id of the webhook')
    await expect(sign(paypal, { secret: webhookId, body })).rejects.toThrow('Only paypal itself can sign')
  })
})
