import { ConfigurationError, defineScheme, generateSecret, verify } from 'countersign'
import { github, standardWebhooks, standardWebhooksV1a, stripe } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { endpoint, event, rawEndpoint, secret, sender, statuses, until } from './servers'

describe('attempt', () => {
  it('posts the exact bytes, signed', async () => {
    const { url, requests } = await endpoint()
    const now = new Date(1_700_000_000_000)
    const attempt = await sender({ now: () => now }).attempt({ url: `${url}?a=b%20c#d`, secret }, event, { attempt: 3 })
    expect(attempt).toMatchObject({ id: 'msg_1', attempt: 3, at: now, verdict: 'delivered' })
    const [{ method, url: path, headers, body } = {}] = requests
    expect([method, path, String(body)]).toEqual(['POST', '/hooks?a=b%20c', event.body])
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'countersign',
      'content-length': '28',
      connection: 'keep-alive',
    })
    await expect(verify(standardWebhooks, { secret, headers: headers ?? {}, body: body ?? '', now })).resolves.toMatchObject({
      id: 'msg_1',
      timestamp: now,
    })
  })

  it.each([
    ['text', '{"é":"\u{1f600}"}', Buffer.from('{"é":"\u{1f600}"}')],
    ['bytes', Uint8Array.of(0, 255, 10, 13), Buffer.from([0, 255, 10, 13])],
    ['a part of a buffer', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), Buffer.from([1, 2])],
    ['an ArrayBuffer', Uint8Array.of(1, 2).buffer, Buffer.from([1, 2])],
    ['nothing', '', Buffer.alloc(0)],
  ])('sends %s as it is', async (_, body, bytes) => {
    const { url, requests } = await endpoint()
    await sender().attempt({ url, secret }, { id: 'msg_1', body })
    expect(requests[0]?.body).toEqual(bytes)
    await expect(verify(standardWebhooks, { secret, headers: requests[0]?.headers ?? {}, body: bytes })).resolves.toBeDefined()
  })

  it('signs with every secret while they rotate', async () => {
    const { url, requests } = await endpoint()
    const next = generateSecret()
    await sender().attempt({ url, secret: [next, secret] }, event)
    for (const one of [secret, next]) {
      await expect(
        verify(standardWebhooks, { secret: one, headers: requests[0]?.headers ?? {}, body: event.body }),
      ).resolves.toBeDefined()
    }
  })

  it('signs the URL as it is called, where the scheme signs it', async () => {
    const scheme = defineScheme({ name: 'acme', content: ['url', 'body'], signature: { header: 'x-signature' } })
    const { url, requests } = await endpoint()
    await sender({ scheme }).attempt({ url: `${url}/../a b`, secret }, event)
    const [{ url: path, headers = {} } = {}] = requests
    expect(path).toBe('/a%20b')
    await expect(verify(scheme, { secret, headers, body: event.body, url: new URL(path ?? '', url) })).resolves.toBeDefined()
  })

  it.each([stripe, github])('signs by any scheme: $name', async (scheme) => {
    const { url, requests } = await endpoint()
    await sender({ scheme }).attempt({ url, secret }, event)
    await expect(verify(scheme, { secret, headers: requests[0]?.headers ?? {}, body: event.body })).resolves.toBeDefined()
  })

  it('sends headers of one’s own, which replace no signature and come once', async () => {
    const { url, requests } = await endpoint()
    const headers = { 'User-Agent': 'acme/1', 'Webhook-Signature': 'v1,forged', 'x-a': 'sender', 'x-b': 'sender' }
    await sender({ headers }).attempt(
      { url, secret },
      { ...event, headers: { 'X-A': 'event', 'content-type': 'text/plain', 'WEBHOOK-ID': 'msg_2' } },
    )
    expect(requests[0]?.headers).toMatchObject({
      'user-agent': 'acme/1',
      'x-a': 'event',
      'x-b': 'sender',
      'content-type': 'text/plain',
      'webhook-id': 'msg_1',
    })
    await expect(
      verify(standardWebhooks, { secret, headers: requests[0]?.headers ?? {}, body: event.body }),
    ).resolves.toBeDefined()
  })

  it.each([
    ['a URL that is none', 'nonsense', secret, { kind: 'invalid', code: 'invalid_url' }],
    ['another protocol', 'ftp://1.1.1.1/', secret, { kind: 'invalid', code: 'invalid_url' }],
    ['credentials', 'http://user:password@127.0.0.1/', secret, { kind: 'invalid', code: 'invalid_url' }],
    ['a secret that is none', 'http://127.0.0.1/', 'whsec_not base64', { kind: 'invalid', code: 'unsignable' }],
    ['an empty secret', 'http://127.0.0.1/', '', { kind: 'invalid', code: 'unsignable' }],
    ['no secret', 'http://127.0.0.1/', undefined, { kind: 'invalid', code: 'unsignable' }],
  ])('rejects the event, and not the promise, for %s', async (_, url, tenants, outcome) => {
    const attempt = await sender().attempt({ url, secret: tenants as string }, event)
    expect(attempt).toMatchObject({ verdict: 'reject', code: 'invalid', outcome })
    expect(JSON.stringify(attempt)).not.toContain('base64')
  })

  it('rejects the event for an id that the scheme could not keep apart', async () => {
    expect(await sender().attempt({ url: 'http://127.0.0.1/', secret }, { ...event, id: 'a.b' })).toMatchObject({
      verdict: 'reject',
      outcome: { code: 'unsignable' },
    })
  })

  it('rejects the event for a key that is public only', async () => {
    const { url, connections } = await endpoint()
    const attempt = await sender({ scheme: standardWebhooksV1a }).attempt({ url, secret: `whpk_${'A'.repeat(43)}=` }, event)
    expect([attempt.verdict, connections()]).toEqual(['reject', 0])
  })

  it('is guarded where nothing is said', async () => {
    const { url, connections } = await endpoint()
    const attempt = await sender({ guard: undefined as never }).attempt({ url, secret }, event)
    expect([attempt.verdict, attempt.code, attempt.outcome, connections()]).toEqual(['reject', 'blocked', { kind: 'blocked' }, 0])
  })

  it.each([
    ['url', { url: undefined, secret }, event, {}],
    ['url', { url: 7, secret }, event, {}],
    ['endpoint', undefined, event, {}],
    ['event', { url: 'http://127.0.0.1/', secret }, undefined, {}],
    ['id', { url: 'http://127.0.0.1/', secret }, { body: '' }, {}],
    ['id', { url: 'http://127.0.0.1/', secret }, { id: '', body: '' }, {}],
    ['body', { url: 'http://127.0.0.1/', secret }, { id: 'msg_1' }, {}],
    ['body', { url: 'http://127.0.0.1/', secret }, { id: 'msg_1', body: { a: 1 } }, {}],
    ['headers', { url: 'http://127.0.0.1/', secret }, { ...event, headers: { 'content-length': '1' } }, {}],
    ['attempt', { url: 'http://127.0.0.1/', secret }, event, { attempt: 0 }],
    ['signal', { url: 'http://127.0.0.1/', secret }, event, { signal: {} }],
  ])('is told of a mistake in the code: `%s`', async (name, to, what, options) => {
    const mistaken = sender().attempt(to as never, what as never, options as never)
    await expect(mistaken).rejects.toThrow(new RegExp(`^Expected \`${name}`))
    await expect(mistaken).rejects.toBeInstanceOf(ConfigurationError)
    if (name !== 'attempt')
      await expect(sender().deliver(to as never, what as never, options as never)).rejects.toThrow(`\`${name}`)
  })

  it('is told of a clock that has none, and leaves its place', async () => {
    const { url } = await endpoint()
    let now = new Date(Number.NaN)
    const { attempt } = sender({ now: () => now, inFlightPerEndpoint: 1 })
    await expect(attempt({ url, secret }, event)).rejects.toThrow('Expected `now` to be a valid Date')
    now = new Date()
    expect((await attempt({ url, secret }, event)).verdict).toBe('delivered')
  })
})

describe('a signal', () => {
  it('ends a try that is under way', async () => {
    const controller = new AbortController()
    let isClosed = false
    const { url, connections } = await rawEndpoint((socket) => {
      socket.on('close', () => {
        isClosed = true
      })
      controller.abort()
    })
    const attempt = await sender().attempt({ url, secret }, event, { signal: controller.signal })
    expect(attempt).toMatchObject({ outcome: { kind: 'aborted' }, verdict: 'retry', code: 'aborted' })
    await until(() => isClosed)
    expect(connections()).toBe(1)
  })

  it('sends nothing where it has come before', async () => {
    const { url, connections } = await endpoint()
    const options = { signal: AbortSignal.abort() }
    expect((await sender().attempt({ url, secret }, event, options)).outcome).toEqual({ kind: 'aborted' })
    expect(await sender().deliver({ url, secret }, event, options)).toEqual({ status: 'aborted', attempts: [] })
    expect(connections()).toBe(0)
  })

  it('sends nothing where it comes while the try is signed', async () => {
    const { url, connections } = await endpoint()
    const controller = new AbortController()
    const attempt = sender().attempt({ url, secret }, event, { signal: controller.signal })
    await Promise.resolve()
    controller.abort()
    expect((await attempt).outcome).toEqual({ kind: 'aborted' })
    expect(connections()).toBe(0)
  })

  it('takes its try out of the queue', async () => {
    const { url, requests } = await endpoint((response) => {
      answers.push(() => response.end())
    })
    const answers: (() => void)[] = []
    const { attempt } = sender({ inFlightPerEndpoint: 1 })
    const controller = new AbortController()
    const first = attempt({ url, secret }, event)
    const second = attempt({ url, secret }, event, { signal: controller.signal })
    const third = attempt({ url, secret }, { ...event, id: 'msg_3' })
    await until(() => answers.length === 1)
    controller.abort()
    expect((await second).outcome).toEqual({ kind: 'aborted' })
    answers[0]?.()
    await until(() => answers.length === 2)
    answers[1]?.()
    expect([(await first).verdict, (await third).verdict]).toEqual(['delivered', 'delivered'])
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1', 'msg_3'])
  })
})

describe('the tries under way', () => {
  it.each([
    [4, undefined],
    [2, 2],
  ])('are %i to one URL at most, and the others wait in order', async (most, inFlightPerEndpoint) => {
    const waiting: (() => void)[] = []
    const { url, requests } = await endpoint((response) => {
      waiting.push(() => response.end())
    })
    const { attempt } = sender(inFlightPerEndpoint ? { inFlightPerEndpoint } : {})
    const all = Promise.all(
      Array.from({ length: 12 }, (_, number) => attempt({ url, secret }, { ...event, id: `msg_${number}` })),
    )
    for (let answered = 0; answered < 12; answered++) {
      await until(() => requests.length === Math.min(12, answered + most))
      expect(waiting.length).toBeLessThanOrEqual(most)
      waiting.shift()?.()
    }
    expect((await all).every(({ verdict }) => verdict === 'delivered')).toBe(true)
    const ids = requests.map(({ headers }) => Number(String(headers['webhook-id']).slice(4)))
    expect(ids.slice(most)).toEqual(Array.from({ length: 12 - most }, (_, at) => at + most))
  })

  it('to one URL do not hold up those to another', async () => {
    const dead = await rawEndpoint(() => {})
    const alive = await endpoint()
    const { attempt } = sender({ timeoutSeconds: 2 })
    const stuck = Array.from({ length: 8 }, () => attempt({ url: dead.url, secret }, event))
    await until(() => dead.connections() === 4)
    expect((await attempt({ url: alive.url, secret }, event)).verdict).toBe('delivered')
    expect(dead.connections()).toBe(4)
    void stuck
  })

  it('are signed when their turn comes, so that their time is fresh', async () => {
    let now = new Date(1_700_000_000_000)
    const answers: (() => void)[] = []
    const { url } = await endpoint((response) => {
      answers.push(() => response.end())
    })
    const { attempt } = sender({ now: () => now, inFlightPerEndpoint: 1 })
    const both = [attempt({ url, secret }, event), attempt({ url, secret }, event)]
    await until(() => answers.length === 1)
    now = new Date(1_700_000_600_000)
    answers[0]?.()
    await until(() => answers.length === 2)
    answers[1]?.()
    expect((await Promise.all(both)).map(({ at }) => at.getTime())).toEqual([1_700_000_000_000, 1_700_000_600_000])
  })
})

describe('the listeners', () => {
  it('hear of every try and of an endpoint that is gone, and cannot disturb', async () => {
    const heard: unknown[] = []
    const { url } = await statuses(200, 410)
    const { attempt } = sender({
      onAttempt: async ({ verdict }, to) => {
        heard.push([verdict, to])
        throw new Error('in a promise')
      },
      onDisable: (to, { status }) => {
        heard.push(['gone', to, status])
        throw new Error('at once')
      },
    })
    const to = { url, secret, tenant: 'acme' }
    const attempts = [await attempt(to, event), await attempt(to, event)]
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['delivered', 'disable'])
    expect(heard).toEqual([
      ['delivered', to],
      ['disable', to],
      ['gone', to, 410],
    ])
    expect((heard[0] as unknown[])[1]).toBe(to)
  })
})
