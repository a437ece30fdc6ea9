import { generateKeyPairSync } from 'node:crypto'
import { IdempotencyError } from 'countersign/idempotency'
import { github, slack, standardWebhooks, standardWebhooksV1a, stripe } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import { receiver, secret, shown, store, url } from './harness'

const empty = (status: number, headers: object = {}) => ({ status, headers, body: '' })

describe('a verified event', () => {
  it('is answered with an empty 200 when it was handled, whatever the handler returned', async () => {
    for (const value of [undefined, null, 'text', { status: 500 }, new Response('no', { status: 500 })]) {
      const { send, outcomes } = receiver({}, () => value)
      expect(await shown(await send())).toEqual(empty(200))
      expect(outcomes()).toEqual(['verified', 'executed'])
    }
  })

  it('is given to the handler whole', async () => {
    const handler = vi.fn()
    const { send } = receiver({ store: store() }, handler)
    await send(
      { type: 'paid', amount: 5 },
      { id: 'msg_1', timestamp: new Date(Math.floor(Date.now() / 1000) * 1000), headers: { 'x-more': 'yes' } },
    )
    const [event, context] = handler.mock.calls[0] as never as [Record<string, unknown>, Record<string, unknown>]
    expect(event).toMatchObject({
      id: 'msg_1',
      type: 'paid',
      key: 'standard-webhooks///msg_1',
      account: undefined,
      scheme: 'standard-webhooks',
      timestamp: expect.any(Date),
      payload: { type: 'paid', amount: 5 },
    })
    expect(event.body).toEqual(new TextEncoder().encode('{"type":"paid","amount":5}'))
    expect((event.headers as Headers).get('x-more')).toBe('yes')
    expect(context).toMatchObject({ attempt: 1, signal: expect.any(AbortSignal), reply: expect.any(Function) })
  })

  it('is answered as the handler says through context.reply', async () => {
    const reply = (value: object) =>
      receiver({}, (_, context: { reply: (value: object) => unknown }) => context.reply(value)).send()
    expect(await shown(await reply({ status: 202, headers: { 'X-Note': 'a' }, body: 'text' }))).toEqual({
      status: 202,
      headers: { 'x-note': 'a', 'content-type': 'text/plain; charset=utf-8' },
      body: 'text',
    })
    expect(await shown(await reply({ body: { ok: true } }))).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"ok":true}',
    })
    expect(await shown(await reply({ body: new Uint8Array([65]) }))).toMatchObject({ status: 200, body: 'A' })
    expect(await shown(await reply({ body: 'x', headers: { 'content-type': 'text/csv' } }))).toMatchObject({
      headers: { 'content-type': 'text/csv' },
    })
    expect(await shown(await reply({ body: ['x'], headers: { 'Content-Type': 'application/a+json' } }))).toMatchObject({
      headers: { 'content-type': 'application/a+json' },
    })
    expect(await shown(await reply({ headers: { 'x-note': 'a\nb' } }))).toEqual(empty(500))
    expect(await shown(await reply({ headers: { 'x note': 'a' } }))).toEqual(empty(500))
    expect(await shown(await reply({}))).toEqual(empty(200))
  })

  it('of a type that is not wanted is ignored: no claim, no schema, no handler', async () => {
    const handler = vi.fn()
    const schema = { '~standard': { version: 1, vendor: 'test', validate: vi.fn() } }
    const claims = { ...store(), claim: vi.fn() }
    const { send, outcomes } = receiver({ types: ['paid'], schema, store: claims }, handler)
    expect(await shown(await send({ type: 'refunded' }))).toEqual(empty(200))
    expect(await shown(await send({ none: true }))).toEqual(empty(200))
    expect(outcomes()).toEqual(['verified', 'ignored', 'verified', 'ignored'])
    for (const mock of [handler, claims.claim, schema['~standard'].validate]) expect(mock).not.toHaveBeenCalled()
  })
})

describe('a duplicate', () => {
  it('of a completed event is answered as the first one was, without its cookies', async () => {
    const handler = vi.fn((_, context) =>
      context.reply({ status: 201, headers: { 'x-order': '7', 'set-cookie': 'a=b' }, body: new Uint8Array([0, 255, 10]) }),
    )
    const { send, outcomes } = receiver({ store: store() }, handler)
    const first = await send({}, { id: 'msg_1' })
    expect(first.headers.get('set-cookie')).toBe('a=b')
    expect(first.headers.has('idempotent-replayed')).toBe(false)
    const second = await send({}, { id: 'msg_1' })
    expect([second.status, Object.fromEntries(second.headers)]).toEqual([201, { 'x-order': '7', 'idempotent-replayed': 'true' }])
    expect(new Uint8Array(await second.arrayBuffer())).toEqual(new Uint8Array([0, 255, 10]))
    expect(handler).toHaveBeenCalledTimes(1)
    expect(outcomes()).toEqual(['verified', 'executed', 'verified', 'duplicate'])
  })

  it('of an event with an empty 200 is an empty 200', async () => {
    const { send } = receiver({ store: store() })
    await send({}, { id: 'msg_1' })
    expect(await shown(await send({}, { id: 'msg_1' }))).toEqual(empty(200, { 'idempotent-replayed': 'true' }))
  })

  it('whose answer is over before the event is an empty 200', async () => {
    let now = 0
    const { send } = receiver(
      { store: store({ now: () => new Date(now) }), resultSeconds: 60 },
      (_, { reply }: { reply(reply: object): unknown }) => reply({ status: 201, body: 'made' }),
    )
    expect(await shown(await send({}, { id: 'msg_1' }))).toMatchObject({ status: 201, body: 'made' })
    now = 59_000
    expect(await shown(await send({}, { id: 'msg_1' }))).toMatchObject({ status: 201, body: 'made' })
    now = 60_000
    const { status, headers, body } = await shown(await send({}, { id: 'msg_1' }))
    expect([status, headers, body]).toEqual([200, { 'idempotent-replayed': 'true' }, ''])
  })

  it('of one in progress is asked to come back', async () => {
    let finish: () => void = () => undefined
    const { send, last } = receiver({ store: store() }, () => new Promise<void>((resolve) => (finish = resolve)))
    const first = send({}, { id: 'msg_1' })
    await vi.waitFor(async () => expect((await send({}, { id: 'msg_1' })).status).toBe(503))
    expect(await shown(await send({}, { id: 'msg_1' }))).toEqual(
      empty(503, { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) }),
    )
    expect(last()).toMatchObject({ outcome: 'in-progress', retryAfterSeconds: expect.any(Number) })
    finish()
    expect((await first).status).toBe(200)
  })

  it('runs the handler again where there is no store', async () => {
    const handler = vi.fn()
    const { send } = receiver({}, handler)
    await send({}, { id: 'msg_1' })
    await send({}, { id: 'msg_1' })
    expect(handler).toHaveBeenCalledTimes(2)
  })
})

describe('a handler that does not succeed', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      500,
    ],
    ['rejects', () => Promise.reject(), 500],
    [
      'replies with another status',
      (_: unknown, context: { reply(reply: object): unknown }) => context.reply({ status: 422, body: 'why' }),
      422,
    ],
    [
      'replies with what is no status',
      (_: unknown, context: { reply(reply: object): unknown }) => context.reply({ status: 99 }),
      500,
    ],
  ])('and %s releases the event, and the next try runs it', async (_, fail, status) => {
    const attempts: number[] = []
    let healthy = false
    const { send, last, outcomes } = receiver(
      { store: store() },
      (event, context: { attempt: number; reply(reply: object): unknown }) => {
        attempts.push(context.attempt)
        return healthy ? undefined : fail(event, context)
      },
    )
    expect((await send({}, { id: 'msg_1' })).status).toBe(status)
    expect(last()).toMatchObject({ outcome: 'failed', code: 'handler_failed', status, key: 'standard-webhooks///msg_1' })
    healthy = true
    expect((await send({}, { id: 'msg_1' })).status).toBe(200)
    expect(attempts).toEqual([1, 2])
    expect(outcomes()).toEqual(['verified', 'failed', 'verified', 'executed'])
    expect(last()).toMatchObject({ attempt: 2 })
  })

  it('tells the observer its own error', async () => {
    const error = new Error('the database is away')
    const { send, last } = receiver({}, () => Promise.reject(error))
    expect(await shown(await send())).toEqual(empty(500))
    expect(last()).toMatchObject({ error })
  })

  it('is not mistaken for the store by an IdempotencyError of its own', async () => {
    const { send, last } = receiver({}, () => Promise.reject(new IdempotencyError('fenced')))
    expect((await send()).status).toBe(500)
    expect(last()).toMatchObject({ outcome: 'failed', code: 'handler_failed' })
  })

  it('is waited for whatever it promises', async () => {
    type Context = { reply: (reply: object) => unknown }
    const kept = receiver({}, (_, { reply }: Context) => ({
      // biome-ignore lint/suspicious/noThenProperty: such as the queries of many libraries.
      then: (resolve: (value: unknown) => void) => resolve(reply({ status: 202 })),
    }))
    expect((await kept.send()).status).toBe(202)
    const broken = receiver({}, () => ({
      // biome-ignore lint/suspicious/noThenProperty: such as the queries of many libraries.
      then: (_: unknown, reject: (error: unknown) => void) => reject('broken'),
    }))
    expect((await broken.send()).status).toBe(500)
    expect(broken.last()).toMatchObject({ code: 'handler_failed', error: 'broken' })
    const trap = receiver({}, () => ({
      // biome-ignore lint/suspicious/noThenProperty: such as a proxy of what is gone.
      get then() {
        throw new Error('trap')
      },
    }))
    expect((await trap.send()).status).toBe(500)
    expect(trap.last()).toMatchObject({ code: 'handler_failed', error: { message: 'trap' } })
  })

  it('finds its signal aborted where it looks only when its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let answered: Promise<Response> | undefined
      let go: () => void = () => undefined
      const context = await new Promise<{ signal: AbortSignal }>((running) => {
        const { send } = receiver({ handlerSeconds: 2 }, (_, given: { signal: AbortSignal }) => {
          running(given)
          return new Promise<void>((resolve) => (go = resolve))
        })
        answered = send()
      })
      await vi.advanceTimersByTimeAsync(2000)
      expect(context.signal.reason).toMatchObject({ name: 'TimeoutError' })
      expect(context.signal).toBe(context.signal)
      go()
      expect((await answered)?.status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is told by its signal that its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let answered: Promise<Response> | undefined
      const signal = await new Promise<AbortSignal>((running) => {
        const { send } = receiver({ handlerSeconds: 2, toleranceSeconds: false }, (_, context: { signal: AbortSignal }) => {
          running(context.signal)
          return new Promise((resolve) => context.signal.addEventListener('abort', resolve))
        })
        answered = send()
      })
      await vi.advanceTimersByTimeAsync(1999)
      expect(signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
      expect((await answered)?.status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a stranger', () => {
  it('gets one answer, byte for byte, whatever was wrong', async () => {
    const handler = vi.fn()
    const { hook, outcomes, seen } = receiver(
      { secret: ({ headers }: { headers: Headers }) => (headers.has('x-unknown') ? undefined : { account: 'a', secret }) },
      handler,
    )
    const good = () => signedRequest(standardWebhooks, { url, secret, body: '{}' })
    const changed = async (change: (headers: Headers) => void, body = '{}') => {
      const headers = new Headers((await good()).headers)
      change(headers)
      return new Request(url, { method: 'POST', headers, body })
    }
    const requests = [
      await changed(() => undefined, '{ }'),
      await changed((headers) => headers.delete('webhook-signature')),
      await changed((headers) => headers.delete('webhook-id')),
      await changed((headers) => headers.set('webhook-signature', 'v1,AAAA')),
      await changed((headers) => headers.set('webhook-timestamp', 'now')),
      await changed((headers) => headers.set('webhook-id', 'msg.1')),
      await changed((headers) => headers.append('webhook-id', 'msg_2')),
      await changed((headers) => headers.set('x-unknown', '1')),
      await signedRequest(standardWebhooks, { url, secret, body: '{}', timestamp: new Date(Date.now() - 301_000) }),
      await signedRequest(standardWebhooks, { url, secret, body: '{}', timestamp: new Date(Date.now() + 302_000) }),
      await signedRequest(standardWebhooks, { url, secret: `whsec_${'A'.repeat(43)}=`, body: '{}' }),
      new Request(url, { method: 'POST' }),
    ]
    for (const request of requests) expect(await shown(await hook(request))).toEqual(empty(401))
    expect(outcomes()).toEqual(requests.map(() => 'rejected'))
    expect(seen.map((observation) => 'code' in observation && observation.code)).toEqual([
      'signature_mismatch',
      'missing_header',
      'missing_header',
      'no_signature',
      'malformed_timestamp',
      'malformed_header',
      'duplicate_header',
      'unknown_account',
      'timestamp_too_old',
      'timestamp_too_new',
      'signature_mismatch',
      'missing_header',
    ])
    expect(handler).not.toHaveBeenCalled()
  })

  it('burns no key: nothing is claimed before the signature holds', async () => {
    const claim = vi.fn()
    const { hook } = receiver({ store: { ...store(), claim } })
    const request = await signedRequest(standardWebhooks, { url, secret, body: '{}' })
    expect((await hook(new Request(url, { method: 'POST', headers: request.headers, body: '[]' }))).status).toBe(401)
    expect(claim).not.toHaveBeenCalled()
  })
})

describe('what is not even read', () => {
  it('another method', async () => {
    const { hook, last } = receiver()
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect(await shown(await hook(new Request(url, { method })))).toEqual(empty(405, { allow: 'POST' }))
    }
    expect(last()).toMatchObject({ outcome: 'rejected', code: 'method_not_allowed', status: 405 })
  })

  it('a content encoding other than identity', async () => {
    const { hook, send } = receiver()
    for (const encoding of ['gzip', 'br', 'deflate, gzip']) {
      const request = new Request(url, { method: 'POST', headers: { 'content-encoding': encoding }, body: 'x' })
      expect(await shown(await hook(request))).toEqual(empty(415))
    }
    expect((await send({}, { headers: { 'content-encoding': ' Identity ' } })).status).toBe(200)
  })

  it('a body over the limit, by its length or by its bytes', async () => {
    const { hook, last, send } = receiver({ maxBodyBytes: 10 })
    expect(await shown(await hook(new Request(url, { method: 'POST', headers: { 'content-length': '11' }, body: 'x' })))).toEqual(
      empty(413),
    )
    expect(await shown(await hook(new Request(url, { method: 'POST', body: 'x'.repeat(11) })))).toEqual(empty(413))
    expect(last()).toMatchObject({ code: 'body_too_large' })
    expect((await send('{"a":"bcd"')).status).toBe(200)
    const { hook: large } = receiver({ scheme: github, secret: 'x'.repeat(16) })
    expect((await large(new Request(url, { method: 'POST', body: 'x'.repeat(2_000_000) }))).status).toBe(401)
  })

  it('in the order of the methods, the encoding, the length and the signature', async () => {
    const { hook } = receiver({ maxBodyBytes: 1 })
    const headers = { 'content-encoding': 'gzip', 'content-length': '9' }
    expect((await hook(new Request(url, { method: 'PUT', headers, body: 'xx' }))).status).toBe(405)
    expect((await hook(new Request(url, { method: 'POST', headers, body: 'xx' }))).status).toBe(415)
    expect((await hook(new Request(url, { method: 'POST', headers: { 'content-length': '9' }, body: 'xx' }))).status).toBe(413)
    expect((await hook(new Request(url, { method: 'POST', body: 'x' }))).status).toBe(401)
  })
})

describe('our own mistakes', () => {
  it('an error that cannot be looked at is 500', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const { send, seen, last } = receiver({
      key: () => {
        throw proxy
      },
    })
    expect(await shown(await send())).toEqual(empty(500))
    expect(seen.map(({ outcome }) => outcome)).toEqual(['verified', 'failed'])
    expect(last()).toMatchObject({ code: 'handler_failed' })
  })

  it('a store that is down is 503, and the handler does not run', async () => {
    const handler = vi.fn()
    const { send, last } = receiver({ store: { ...store(), claim: () => Promise.reject(new Error('ECONNREFUSED')) } }, handler)
    expect(await shown(await send())).toEqual(empty(503, { 'retry-after': '5' }))
    expect(last()).toMatchObject({ outcome: 'failed', code: 'store_unavailable' })
    expect(handler).not.toHaveBeenCalled()
  })

  it('a store that says somebody else took over is 500', async () => {
    const { send, last } = receiver({ store: { ...store(), complete: async () => false } })
    expect(await shown(await send())).toEqual(empty(500))
    expect(last()).toMatchObject({ outcome: 'fenced' })
  })

  it('a completion that fails is 500, and nothing is released', async () => {
    const release = vi.fn()
    const { send, last } = receiver({ store: { ...store(), release, complete: () => Promise.reject(new Error('gone')) } })
    expect(await shown(await send())).toEqual(empty(500))
    expect(last()).toMatchObject({
      outcome: 'failed',
      code: 'store_unavailable',
      status: 500,
      error: expect.any(IdempotencyError),
    })
    expect(release).not.toHaveBeenCalled()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['gives a bad secret', () => ({ account: 'a', secret: '' })],
    ['gives no account', () => ({ secret })],
    ['gives an empty account', () => ({ account: '', secret })],
    ['gives an account that is too long', () => ({ account: 'a'.repeat(101), secret })],
    ['gives null', () => null],
  ])('a `secret` that %s is 503 and never a 401', async (_, lookUp) => {
    const { send, last } = receiver({ secret: lookUp as never })
    expect(await shown(await send())).toEqual(empty(503, { 'retry-after': '5' }))
    expect(last()).toMatchObject({ outcome: 'failed', code: 'secret_unavailable' })
  })

  it('an observer that throws, or rejects, changes nothing', async () => {
    for (const observe of [
      () => {
        throw new Error('no')
      },
      async () => {
        throw new Error('no')
      },
    ]) {
      const { send } = receiver({ observe })
      expect((await send()).status).toBe(200)
    }
    expect((await receiver({ observe: undefined }).send()).status).toBe(200)
  })

  it('`key` that throws, or gives nothing, is 500', async () => {
    const handler = vi.fn()
    for (const key of [
      () => {
        throw new Error('no')
      },
      () => '',
      () => undefined,
    ]) {
      const { send, last } = receiver({ store: store(), key: key as never }, handler)
      expect(await shown(await send())).toEqual(empty(500))
      expect(last()).toMatchObject({ outcome: 'failed' })
    }
    expect(handler).not.toHaveBeenCalled()
  })

  it('a body that was consumed is 500, and the hint says how to mend it', async () => {
    const handler = vi.fn()
    const { hook, last } = receiver({}, handler)
    const request = await signedRequest(standardWebhooks, { url, secret, body: '{}' })
    await request.json()
    expect(await shown(await hook(request))).toEqual(empty(500))
    expect(last()).toMatchObject({ outcome: 'rejected', code: 'body_consumed', hint: expect.stringContaining('request.json()') })
    expect(handler).not.toHaveBeenCalled()
  })

  it('a body that breaks off is refused', async () => {
    const { hook, last } = receiver()
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) })
    expect(await shown(await hook(new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit)))).toEqual(empty(401))
    expect(last()).toMatchObject({ code: 'body_incomplete' })
  })
})

describe('handshakes', () => {
  it('Slack’s challenge is echoed after verification, without the handler', async () => {
    const handler = vi.fn()
    const { send, hook, outcomes } = receiver({ scheme: slack, store: store() }, handler)
    const body = { type: 'url_verification', challenge: '<b>3eZbrw1a</b>' }
    expect(await shown(await send(body))).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '<b>3eZbrw1a</b>',
    })
    expect((await send({ ...body, challenge: 'x'.repeat(1025) })).status).toBe(401)
    expect((await hook(new Request(url, { method: 'POST', body: JSON.stringify(body) }))).status).toBe(401)
    expect((await send({ type: 'event_callback', event_id: 'Ev1' })).status).toBe(200)
    expect(outcomes()).toEqual(['verified', 'handshake', 'verified', 'rejected', 'rejected', 'verified', 'executed'])
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('a GET with the token is answered without a signature', async () => {
    const handshake = {
      method: 'GET' as const,
      challenge: ({ url, isVerifyToken }: { url: URL; isVerifyToken(text: string): boolean }) => {
        const token = url.searchParams.get('token')
        return token === null ? undefined : isVerifyToken(token) && (url.searchParams.get('challenge') ?? '')
      },
    }
    const scheme = { ...github, handshake }
    const { hook, outcomes } = receiver({ scheme, verifyToken: 'the token' })
    const get = async (query: string) => shown(await hook(new Request(`${url}?${query}`)))
    expect(await get('token=the+token&challenge=42')).toMatchObject({ status: 200, body: '42' })
    expect(await get('token=another&challenge=42')).toEqual(empty(401))
    expect(await get('challenge=42')).toEqual(empty(401))
    expect(await shown(await hook(new Request(url, { method: 'PUT' })))).toEqual(empty(405, { allow: 'GET, POST' }))
    expect(outcomes()).toEqual(['handshake', 'rejected', 'rejected', 'rejected'])
    const { hook: without } = receiver({ scheme })
    expect((await without(new Request(`${url}?token=&challenge=42`))).status).toBe(401)
  })
})

describe('the observer', () => {
  it('hears durations and never a secret', async () => {
    const { send, seen } = receiver({ scheme: stripe })
    await send({ id: 'evt_1', type: 'paid' })
    const known = {
      scheme: 'stripe',
      durationMs: expect.any(Number),
      key: 'stripe///evt_1',
      id: 'evt_1',
      type: 'paid',
      bodyBytes: 28,
    }
    expect(seen).toEqual([
      { outcome: 'verified', ...known, secretIndex: 0 },
      { outcome: 'executed', ...known, attempt: 1, status: 200, answerBytes: 0 },
    ])
    expect(JSON.stringify(seen)).not.toContain(secret.slice(6))
  })

  it('is not warned of a key pair', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const { seen, send, outcomes } = receiver({ scheme: standardWebhooksV1a, secret: publicKey.export({ format: 'jwk' }) })
    expect(seen).toEqual([])
    expect((await send({}, { secret: privateKey.export({ format: 'jwk' }) })).status).toBe(200)
    expect(outcomes()).toEqual(['verified', 'executed'])
  })

  it('is warned once of a short secret, and of a store that forgets in production', async () => {
    const { seen, send } = receiver({ scheme: github, secret: 'short' })
    expect(seen).toMatchObject([{ outcome: 'warning', code: 'short_secret' }])
    await send({}, { secret: 'short' })
    expect(seen.filter(({ outcome }) => outcome === 'warning')).toHaveLength(1)
    const { seen: later, send: sendLater } = receiver({ scheme: github, secret: () => ({ account: 'a', secret: 'short' }) })
    await sendLater({}, { secret: 'short' })
    await sendLater({}, { secret: 'short' })
    expect(later.filter(({ outcome }) => outcome === 'warning')).toHaveLength(1)
    vi.stubEnv('NODE_ENV', 'production')
    expect(receiver({ store: store() }).seen).toMatchObject([{ outcome: 'warning', code: 'volatile_store' }])
    vi.unstubAllEnvs()
    expect(receiver({ store: store() }).seen).toEqual([])
  })
})
