import type { WebhookEvent } from 'countersign'
import { github } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { EventDraft, finishEvent } from '../../src/receiver/event'
import { parsePayload } from '../../src/receiver/payload'
import { receiver, secret, shown, store, url } from './harness'
import { arktypeSchemas, valibotSchemas, zodSchemas } from './libraries'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('parsePayload', () => {
  it.each([
    undefined,
    '',
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'text/plain',
    'application/cloudevents+json',
    'text/json',
  ])('reads JSON of type %s', (contentType) => expect(parsePayload(bytes('{"a":[1]}'), contentType)).toEqual({ a: [1] }))

  it('reads a form as a record without a prototype', () => {
    const form = parsePayload(bytes('a=1&b=x+y&a=2&__proto__=z'), 'application/x-www-form-urlencoded; charset=utf-8')
    expect(form).toEqual(Object.assign(Object.create(null), { a: '2', b: 'x y', ['__proto__']: 'z' }))
    expect(Object.getPrototypeOf(form)).toBeNull()
  })

  it('reads the JSON that GitHub and Slack put in a form', () => {
    expect(
      parsePayload(bytes(`payload=${encodeURIComponent('{"action":"opened"}')}`), 'application/x-www-form-urlencoded'),
    ).toEqual({ action: 'opened' })
    expect(parsePayload(bytes('payload=text'), 'application/x-www-form-urlencoded')).toEqual({ payload: 'text' })
    expect(parsePayload(bytes('payload=%7B&b=1'), 'application/x-www-form-urlencoded')).toEqual({ payload: '{', b: '1' })
  })

  it('reads nothing of another type', () => {
    for (const contentType of ['application/xml', 'application/octet-stream', 'multipart/form-data; boundary=x']) {
      expect(parsePayload(bytes('{"a":1}'), contentType)).toBeUndefined()
    }
  })

  it('takes a byte order mark off JSON, and refuses what is not UTF-8 or not JSON', () => {
    expect(parsePayload(bytes('\ufeff{"a":1}'), undefined)).toEqual({ a: 1 })
    expect(() => parsePayload(new Uint8Array([0x22, 0xff, 0x22]), undefined)).toThrow('The body is not UTF-8.')
    expect(() => parsePayload(bytes('{'), undefined)).toThrow('The body is not JSON.')
  })
})

describe('the payload of an event', () => {
  it('is parsed when it is read, and once', async () => {
    const parse = vi.spyOn(JSON, 'parse')
    const parsed = () => parse.mock.calls.filter(([text]) => text === '{"a":1}').length
    let during = 0
    const { send } = receiver({ scheme: github }, (event: WebhookEvent) => {
      during = parsed()
      expect(event.payload).toBe(event.payload)
    })
    parse.mockClear()
    await send({ a: 1 })
    expect(during).toBe(0)
    expect(parsed()).toBe(1)
    parse.mockRestore()
  })

  it('is a field of the event, which a copy has too, and shares its getter with every other', async () => {
    const events: WebhookEvent[] = []
    const { send } = receiver({ scheme: github }, (event: WebhookEvent) => events.push(event))
    await send({ a: 1 })
    await send({ a: 2 })
    expect(events.map((event) => ({ ...event }).payload)).toEqual([{ a: 1 }, { a: 2 }])
    expect({ ...events[0] }.headers?.get('content-type')).toBe('application/json')
    const getters = events.map((event) => Object.getOwnPropertyDescriptor(event, 'payload')?.get)
    expect(getters[0]).toBeTypeOf('function')
    // One of its own would keep the request in memory until a full collection.
    expect(getters[1]).toBe(getters[0])
  })

  it('stands beside the headers, which are the platform’s own where it has made them', async () => {
    const seen: unknown[] = []
    const { hook } = receiver({ scheme: github }, (event: WebhookEvent) => {
      seen.push({ ...event }.headers)
    })
    const request = await signedRequest(github, { url, secret, body: '{}' })
    await hook(request)
    expect(seen).toEqual([request.headers])
    expect(seen[0]).toBe(request.headers)
  })

  it('stands beside headers that are made of pairs, where the platform has only those', () => {
    const parts = { id: undefined, account: undefined, timestamp: undefined, body: Buffer.from('{}') }
    const event = finishEvent(new EventDraft(github, { ...parts, headers: [['A', 'b']] }), 'key')
    expect(event.headers).toBeInstanceOf(Headers)
    expect({ ...event }.headers.get('a')).toBe('b')
  })

  it('of a request without a content type is JSON', async () => {
    const seen: unknown[] = []
    const { hook } = receiver({ scheme: github }, (event: WebhookEvent) => seen.push(event.payload))
    const request = await signedRequest(github, { url, secret, body: '{"a":1}' })
    request.headers.delete('content-type')
    expect((await hook(request)).status).toBe(200)
    expect(seen).toEqual([{ a: 1 }])
  })

  it('that is no JSON matters only to who reads it', async () => {
    const { send } = receiver({ store: store() }, (event: WebhookEvent) => event.body.length)
    expect((await send('<xml/>')).status).toBe(200)
    const { send: sendToReader, last } = receiver({ store: store() }, (event: WebhookEvent) => event.payload)
    expect((await sendToReader('<xml/>')).status).toBe(500)
    expect(last()).toMatchObject({ outcome: 'failed', code: 'payload_invalid' })
    const { send: sendToTypes } = receiver({ types: ['paid'] })
    expect((await sendToTypes('<xml/>')).status).toBe(500)
    const { send: sendToTopics } = receiver({ scheme: github, types: ['push'] })
    expect((await sendToTopics('<xml/>', { headers: { 'x-github-event': 'push' } })).status).toBe(200)
  })
})

describe('a schema', () => {
  const schema = z.discriminatedUnion('type', [
    z.object({ type: z.literal('paid'), amount: z.number().transform((amount) => amount * 100) }),
    z.object({ type: z.literal('refunded') }),
  ])

  it('gives the handler its own value', async () => {
    const seen: unknown[] = []
    const { send } = receiver({ schema }, (event: WebhookEvent) => seen.push(event.payload))
    await send({ type: 'paid', amount: 5, more: true })
    expect(seen).toEqual([{ type: 'paid', amount: 500 }])
  })

  it('that refuses is 500: the claim is released, and the next try counts on', async () => {
    const attempts: number[] = []
    let broken = true
    const own = {
      '~standard': {
        ...schema['~standard'],
        validate: (value: unknown) => (broken ? { issues: [{ message: 'too new' }] } : { value }),
      },
    }
    const { send, last } = receiver({ schema: own, store: store() }, (_, context: { attempt: number }) =>
      attempts.push(context.attempt),
    )
    expect(await shown(await send({}, { id: 'msg_1' }))).toEqual({ status: 500, headers: {}, body: '' })
    expect(last()).toMatchObject({
      outcome: 'failed',
      code: 'payload_invalid',
      error: { message: 'The payload fails the schema: too new' },
    })
    broken = false
    expect((await send({}, { id: 'msg_1' })).status).toBe(200)
    expect(attempts).toEqual([2])
  })

  it('says where', async () => {
    const { send, last } = receiver({ schema })
    await send({ type: 'paid', amount: 'five' })
    expect(last()).toMatchObject({ error: { message: expect.stringMatching(/^The payload fails the schema at amount: /) } })
    const own = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: async () => ({ issues: [{ message: 'no', path: [{ key: 'a' }, 0] }] }),
      },
    }
    const { send: sendToOwn, last: lastOfOwn } = receiver({ schema: own })
    await sendToOwn()
    expect(lastOfOwn()).toMatchObject({ error: { message: 'The payload fails the schema at a.0: no' } })
    const silent = { '~standard': { version: 1, vendor: 'own', validate: () => ({ issues: [] }) } }
    const { send: sendToSilent, last: lastOfSilent } = receiver({ schema: silent })
    await sendToSilent()
    expect(lastOfSilent()).toMatchObject({ error: { message: 'The payload fails the schema: no reason given' } })
  })

  it('is not asked about a type that nobody wants, nor is `key`', async () => {
    const validate = vi.fn()
    const key = vi.fn()
    const own = { '~standard': { version: 1, vendor: 'own', validate } }
    const { send, outcomes } = receiver({ schema: own, key, store: store(), types: ['paid'] })
    expect((await send({ type: 'refunded' })).status).toBe(200)
    expect(outcomes()).toEqual(['verified', 'ignored'])
    for (const mock of [validate, key]) expect(mock).not.toHaveBeenCalled()
  })

  it('comes before `key`, so that the key is made of what it says', async () => {
    const keys: string[] = []
    const { send } = receiver(
      { schema, store: store(), key: (event: WebhookEvent<{ amount: number }>) => String(event.payload.amount) },
      (event: WebhookEvent) => keys.push(event.key),
    )
    await send({ type: 'paid', amount: 5 })
    expect(keys).toEqual(['standard-webhooks///500'])
  })
})

describe.each(Object.entries({ zod: zodSchemas, valibot: valibotSchemas, arktype: arktypeSchemas }))(
  'schemas of %s',
  (_, schemas) => {
    const handled = () => vi.fn((_event: WebhookEvent) => undefined)
    const githubEvent = { 'x-github-event': 'issues' }

    it('validate the payload by the type of the event, in the body and in a header', async () => {
      const handler = handled()
      const { send } = receiver({ scheme: github, schemas }, handler)
      expect((await send({ commits: ['a'] }, { headers: { 'x-github-event': 'push' } })).status).toBe(200)
      expect((await send({ action: 'opened' }, { headers: githubEvent })).status).toBe(200)
      const { send: sendStandard } = receiver({ schemas }, handler)
      expect((await sendStandard({ type: 'push', commits: [] })).status).toBe(200)
      expect(handler.mock.calls.map(([{ type, payload }]) => [type, payload])).toMatchObject([
        ['push', { commits: ['a'] }],
        ['issues', { action: 'opened' }],
        ['push', { commits: [] }],
      ])
    })

    it('refuse the payload of another type, and ignore a type without a schema', async () => {
      const handler = handled()
      const { send, last } = receiver({ scheme: github, schemas }, handler)
      expect((await send({ commits: [] }, { headers: githubEvent })).status).toBe(500)
      expect(last()).toMatchObject({ outcome: 'failed', code: 'payload_invalid', type: 'issues' })
      for (const type of ['pull_request', 'constructor', '__proto__'])
        expect((await send({ commits: [] }, { headers: { 'x-github-event': type } })).status).toBe(200)
      expect(last()).toMatchObject({ outcome: 'ignored' })
      expect((await send({ commits: [] })).status).toBe(200)
      expect(last()).toMatchObject({ outcome: 'ignored', type: undefined })
      expect(handler).not.toHaveBeenCalled()
    })

    it('give `key` what they made of the payload, and are asked after an inbox', async () => {
      const keys: string[] = []
      const key = ({ payload }: WebhookEvent<{ commits: string[] }>) => payload.commits.join('+')
      const { send } = receiver({ schemas, key, store: store() }, (event: WebhookEvent) => keys.push(event.key))
      await send({ type: 'push', commits: ['a', 'b'] })
      expect(keys).toEqual(['standard-webhooks///a+b'])
      const put = vi.fn(async () => 'accepted' as const)
      const { send: sendLater, hook, outcomes } = receiver({ schemas, inbox: { put } })
      expect((await sendLater({ type: 'push', commits: 'none' })).status).toBe(200)
      expect((await sendLater({ type: 'other' })).status).toBe(200)
      const [[broken], [other]] = put.mock.calls as never as [[never], [never]]
      await expect(hook.work(broken)).rejects.toThrow('The payload fails the schema at commits')
      await hook.work(other)
      expect(outcomes()).toEqual(['verified', 'enqueued', 'verified', 'enqueued', 'failed', 'ignored'])
    })
  },
)
