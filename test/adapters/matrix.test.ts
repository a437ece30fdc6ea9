import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { generateSecret, sign } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { github, standardWebhooks, stripe } from 'countersign/schemes'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AnyHandler, adapters, type Mounted, mountReceiver } from './mounts'

const secret = generateSecret()
const body = '{"id":"evt_1","type":"paid","amount":5}'
const open: Mounted[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((mounted) => mounted.close()))
})

/** What a caller sees, less what a server says of itself. */
async function shown(response: Response) {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text() }
}

const empty = (status: number, headers: object = {}) => ({ status, headers: { 'content-length': '0', ...headers }, body: '' })

describe.each(Object.keys(adapters))('%s', (adapter) => {
  const mounted = async (options: object = {}, handler?: AnyHandler) => {
    const receiver = await mountReceiver(adapter, { scheme: standardWebhooks, secret, ...options }, handler)
    open.push(receiver)
    return receiver
  }
  const post = (url: string, headers: HeadersInit, content: string | Uint8Array = body) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: content as string })
  const signed = (more: object = {}) => sign(standardWebhooks, { secret, body, ...more })

  it('handles what the official stripe package signed, and refuses every tampering of it', async () => {
    const handler = vi.fn()
    const { url } = await mounted({ scheme: stripe, secret: 'whsec_test_secret' }, handler)
    const header = new Stripe('sk_test_none').webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_test_secret' })
    expect(await shown(await post(url, { 'stripe-signature': header }))).toEqual(empty(200))
    expect(handler).toHaveBeenCalledTimes(1)
    const [time, mac] = header.split(',') as [string, string]
    const tampered: [string, string][] = [
      [header, `${body} `],
      [header, body.replace('5', '6')],
      [header, ''],
      [header, JSON.stringify(JSON.parse(body), null, 2)],
      [`${time},${mac.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))}`, body],
      [`${time},${mac.slice(0, -2)}`, body],
      [`${time},${mac.toUpperCase()}`, body],
      [`${time},${mac.replace('v1', 'v0')}`, body],
      [`t=${Number(time.slice(2)) - 1},${mac}`, body],
      [`${time},${time},${mac}`, body],
      [mac, body],
      [time, body],
      ['', body],
    ]
    for (const [signature, content] of tampered)
      expect(await shown(await post(url, { 'stripe-signature': signature }, content))).toEqual(empty(401))
    expect(await shown(await post(url, {}))).toEqual(empty(401))
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('handles what the official standardwebhooks package signed, and refuses every tampering of it', async () => {
    const handler = vi.fn()
    const { url } = await mounted({}, handler)
    const now = new Date()
    const good = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
    }
    expect(await shown(await post(url, good))).toEqual(empty(200))
    for (const change of [
      { 'webhook-id': 'msg_2' },
      { 'webhook-timestamp': String(Math.floor(now.getTime() / 1000) - 1) },
      { 'webhook-signature': good['webhook-signature'].replace('v1,', 'v1a,') },
    ]) {
      expect(await shown(await post(url, { ...good, ...change }))).toEqual(empty(401))
    }
    expect(await shown(await post(url, good, `${body}\n`))).toEqual(empty(401))
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('gives the handler the exact bytes and the parsed payload, also of 100,000 bytes in many chunks', async () => {
    const events: { body: Uint8Array; payload: unknown; headers: Headers }[] = []
    const { url } = await mounted({ scheme: github }, (event) => events.push(event))
    const content = JSON.stringify({ text: 'é\u2028😀'.repeat(10_000) })
    expect((await post(url, await sign(github, { secret, body: content }), content)).status).toBe(200)
    expect(Buffer.from(events[0]?.body ?? []).toString()).toBe(content)
    expect(events[0]?.payload).toEqual(JSON.parse(content))
    expect(events[0]?.headers.get('content-type')).toBe('application/json')
  })

  it('sends the handler’s reply: status, headers, and bytes', async () => {
    const bytes = new Uint8Array([0, 1, 255])
    const { url } = await mounted({}, (_, { reply }: { reply(value: object): unknown }) =>
      reply({ status: 202, headers: { 'x-note': 'a', 'content-type': 'application/x-note' }, body: bytes }),
    )
    const response = await post(url, await signed())
    expect([response.status, response.headers.get('x-note'), response.headers.get('content-type')]).toEqual([
      202,
      'a',
      'application/x-note',
    ])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  it('answers 200 deliveries of one event at once: one run, and 503 or the replay for every other', async () => {
    let runs = 0
    let finish: () => void = () => undefined
    const done = new Promise<void>((resolve) => (finish = resolve))
    const { url } = await mounted({ store: memoryStore() }, async (_, { reply }: { reply(value: object): unknown }) => {
      runs++
      await done
      return reply({ status: 201, body: 'made' })
    })
    const headers = await signed({ id: 'msg_1' })
    let answered = 0
    const responses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await post(url, headers)
        // Half of them meet the event in progress, the rest meet it completed.
        if (++answered === 100) finish()
        return response
      }),
    )
    const seen = responses.map(
      ({ status, headers: answer }) => `${status} ${answer.has('retry-after')} ${answer.get('idempotent-replayed')}`,
    )
    expect(runs).toBe(1)
    expect(seen.filter((answer) => answer === '201 false null')).toHaveLength(1)
    expect(new Set(seen)).toEqual(
      new Set(['201 false null', '503 true null', ...(seen.includes('201 false true') ? ['201 false true'] : [])]),
    )
    expect(await shown(await post(url, headers))).toMatchObject({
      status: 201,
      body: 'made',
      headers: { 'idempotent-replayed': 'true' },
    })
    expect(runs).toBe(1)
  })

  it('refuses another method, an encoding and a length that are too much, and stays usable on the same connection', async () => {
    const { url } = await mounted({ maxBodyBytes: 100 })
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect(await shown(await fetch(url, { method }))).toEqual(empty(405, { allow: 'POST' }))
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405)
    expect(await shown(await post(url, { 'content-encoding': 'gzip' }))).toEqual(empty(415))
    expect(await shown(await post(url, {}, 'x'.repeat(101)))).toEqual(empty(413))
    expect(await shown(await post(url, await signed()))).toEqual(empty(200))
  })

  it('refuses a body over the limit that does not say its length', async () => {
    const { url, seen } = await mounted({ maxBodyBytes: 100_000 })
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST' }, (response) => resolve(response.resume().statusCode))
      request.on('error', reject)
      for (let at = 0; at < 20; at++) request.write(Buffer.alloc(10_000))
      request.end()
    })
    expect(status).toBe(413)
    expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_too_large' }])
    expect((await post(url, await signed())).status).toBe(200)
  })

  it('refuses a header that came twice', async () => {
    const { url, seen } = await mounted()
    const headers = await signed()
    const status = await new Promise((resolve, reject) => {
      const pairs = Object.entries({ ...headers, host: 'x', 'content-length': String(body.length) }).concat([
        ['webhook-id', headers['webhook-id'] as string],
      ])
      const request = httpRequest(url, { method: 'POST', headers: pairs.flat() as never }, (response) =>
        resolve(response.resume().statusCode),
      )
      request.on('error', reject)
      request.end(body)
    })
    expect(status).toBe(401)
    expect(seen).toMatchObject([{ code: 'duplicate_header' }])
  })

  // What stands before a Lambda function hands over whole requests alone.
  const isWhole = adapter.startsWith('lambda')
  if (!isWhole)
    it('takes a caller that hangs up in the middle for a refusal, and no more', async () => {
      const handler = vi.fn()
      const { url, seen } = await mounted({}, handler)
      const { port, hostname } = new URL(url)
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(`POST /hooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"half":`)
      await new Promise((resolve) => socket.once('connect', resolve))
      // The other end must have begun to read before this one goes away.
      await vi.waitFor(async () => expect((await post(url, await signed())).status).toBe(200))
      socket.destroy()
      await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ outcome: 'rejected', code: 'body_incomplete', status: 401 }))
      expect((await post(url, await signed())).status).toBe(200)
    })

  it('takes a body without a type, with another type, and none at all', async () => {
    const { url } = await mounted({ scheme: github })
    for (const [type, content] of [
      ['application/xml', '<a/>'],
      ['text/plain', '{}'],
      ['application/x-www-form-urlencoded', 'a=1'],
      ['multipart/form-data; boundary=x', '--x--'],
    ]) {
      expect(
        (
          await post(
            url,
            { ...(await sign(github, { secret, body: content as string })), 'content-type': type as string },
            content,
          )
        ).status,
      ).toBe(200)
    }
    const untyped = await fetch(url, {
      method: 'POST',
      headers: await sign(github, { secret, body: 'x' }),
      body: new Uint8Array([120]),
    })
    expect(untyped.status).toBe(200)
    const none = await sign(github, { secret, body: '' })
    expect((await fetch(url, { method: 'POST', headers: none })).status).toBe(200)
  })

  it('looks a secret up by what the request says', async () => {
    const lookUps: { path: string; method: string; header: string | null }[] = []
    const { url } = await mounted({
      secret: ({ url: { pathname }, method, headers }: { url: URL; method: string; headers: Headers }) => {
        lookUps.push({ path: pathname, method, header: headers.get('webhook-id') })
        return { account: 'acct_1', secret }
      },
    })
    expect((await post(url, await signed({ id: 'msg_1' }))).status).toBe(200)
    expect(lookUps).toEqual([{ path: '/hooks', method: 'POST', header: 'msg_1' }])
  })

  it('answers whatever a handler does', async () => {
    const { url } = await mounted({}, () => Promise.reject(new Error('no')))
    expect(await shown(await post(url, await signed()))).toEqual(empty(500))
  })
})
