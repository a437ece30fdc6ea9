import { ConfigurationError, defineScheme, type InboxMessage } from 'countersign'
import { github, standardWebhooks, stripe } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import type { ReceiverOptions } from '../../src/receiver/options'
import { receiver, secret, store, url } from './harness'
import { arktypeSchemas, zodSchemas } from './libraries'

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['no scheme', { scheme: null }, /Expected `scheme` to be a scheme of countersign\/schemes or defineScheme\(\), got null/],
    [
      'a secret that is missing among others',
      { secret: [secret, undefined] },
      /Expected `secret` to be 1 to 8 secrets, got undefined/,
    ],
    ['a misspelt option', { stroe: store() }, /Expected the option `store`, got `stroe`/],
    ['no secret', { secret: undefined }, /Expected `secret` to be 1 to 8 secrets, got undefined/],
    ['an empty secret', { secret: '' }, /not to be empty/],
    ['a badly encoded secret', { secret: 'whsec_***' }, /canonical base64/],
    ['a tolerance of -1', { toleranceSeconds: -1 }, /Expected `toleranceSeconds` to be a number of 0 or more, got -1/],
    ['a tolerance of NaN', { toleranceSeconds: Number.NaN }, /toleranceSeconds.*got NaN/],
    ['a lease of 0', { leaseSeconds: 0 }, /Expected `leaseSeconds` to be a number of 0.01 or more, got 0/],
    ['a handler without time', { handlerSeconds: 0 }, /handlerSeconds/],
    [
      'a handler that takes longer than a timer',
      { handlerSeconds: 2_147_484 },
      /`handlerSeconds` to be a number from 0.01 to 2147483/,
    ],
    [
      'a retention below the floor',
      { retentionSeconds: 60 },
      /Expected `retentionSeconds` to be a number of 604800 or more, got 60/,
    ],
    ['a body of nothing', { maxBodyBytes: 0 }, /maxBodyBytes/],
    ['a body that never comes', { bodySeconds: 0 }, /bodySeconds/],
    ['a body that takes longer than a timer', { bodySeconds: 3601 }, /bodySeconds/],
    ['no store', { store: {} }, /Expected `store` to be an idempotency store/],
    ['a store that is null', { store: null }, /Expected `store`/],
    ['transaction without a store', { transaction: true }, /Expected `store` to be a store with transactions/],
    ['transaction on another store', { transaction: true, store: store() }, /Expected `store` to be a store with transactions/],
    ['transaction: false', { transaction: false }, /Expected `transaction` to be true or left out, got false/],
    ['no inbox', { inbox: {} }, /Expected `inbox`/],
    ['types that are none', { types: [] }, /Expected `types` to be an array of event types/],
    ['types that are text', { types: 'paid' }, /Expected `types`/],
    [
      'types where none are named',
      { scheme: defineScheme({ name: 'acme', signature: { header: 'x-sig' } }), types: ['a'] },
      /names no type/,
    ],
    ['a schema that is none', { schema: {} }, /Expected `schema` to be a Standard Schema/],
    ['a schema that is null', { schema: null }, /Expected `schema` to be a Standard Schema/],
    ['schemas that are text', { schemas: 'paid' }, /Expected `schemas` to be an object/],
    ['a schema for no type', { schemas: {} }, /Expected `schemas` to be an object with a schema for each event type/],
    ['schemas that are null', { schemas: null }, /Expected `schemas` to be an object/],
    ['one schema for schemas', { schemas: zodSchemas.push }, /Expected `schemas` to be an object/],
    ['one schema of arktype for schemas', { schemas: arktypeSchemas.push }, /Expected `schemas` to be an object/],
    ['a type without its schema', { schemas: { paid: {} } }, /Expected `schemas\['paid'\]` to be a Standard Schema/],
    [
      'types beside schemas',
      { schemas: zodSchemas, types: ['push'] },
      /Expected `types` to be left out, since `schemas` says it/,
    ],
    ['a schema beside schemas', { schemas: zodSchemas, schema: zodSchemas.push }, /Expected `schema` to be left out/],
    [
      'schemas where no types are named',
      { scheme: defineScheme({ name: 'acme', signature: { header: 'x-sig' } }), schemas: zodSchemas },
      /Expected `schemas` to be left out, since the scheme acme names no type/,
    ],
    ['a key that is no function', { key: 'id' }, /Expected `key` to be a function, got "id"/],
    ['a clock that is no function', { now: new Date() }, /Expected `now` to be a function/],
    ['an observer that is no function', { observe: {} }, /Expected `observe` to be a function/],
    ['an empty endpoint', { endpoint: '' }, /Expected `endpoint`/],
    [
      'a token that is too long',
      { verifyToken: 'x'.repeat(101) },
      /Expected `verifyToken` to be text of 1 to 100 characters, got 101/,
    ],
    ['a URL that is none', { publicUrl: 'shop.example' }, /Expected `publicUrl`/],
  ])('refuse %s', (_, options, message) => {
    expect(() => receiver(options)).toThrow(message)
    expect(() => receiver(options)).toThrow(ConfigurationError)
  })

  /** A new option is missed here by the compiler. */
  const names: Record<keyof ReceiverOptions, true> = {
    scheme: true,
    secret: true,
    store: true,
    transaction: true,
    inbox: true,
    types: true,
    schema: true,
    schemas: true,
    key: true,
    endpoint: true,
    publicUrl: true,
    verifyToken: true,
    toleranceSeconds: true,
    leaseSeconds: true,
    handlerSeconds: true,
    retentionSeconds: true,
    resultSeconds: true,
    backOffSeconds: true,
    maxBodyBytes: true,
    bodySeconds: true,
    now: true,
    explain: true,
    observe: true,
  }

  it.each(Object.keys(names))('refuse `%s` with a letter too many', (name) => {
    expect(() => receiver({ [`${name}_`]: 1 })).toThrow(`Expected the option \`${name}\`, got \`${name}_\``)
  })

  it('and a handler that is none', async () => {
    const { webhook } = await import('countersign/fetch')
    expect(() => webhook({ scheme: github, secret: 'x'.repeat(16) }, undefined as never)).toThrow(
      /Expected `handler` to be a function/,
    )
    expect(() => webhook(undefined as never, () => undefined)).toThrow(/Expected `options` to be an object/)
  })
})

/** What a receiver asks of its store. */
async function claimOptions(options: object) {
  const claim = vi.fn(async () => ({ status: 'claimed' as const, attempt: 1 }))
  const { send } = receiver({ store: { ...store(), claim, complete: async () => true }, ...options })
  await send({ id: 'evt_1' })
  return (claim.mock.calls[0] as never as [string, { leaseMs: number; retentionMs: number; token: string }])[1]
}

describe('what a store is asked', () => {
  const day = 86_400_000

  it('remembers for 7 days, twice the retry window, or twice the tolerance', async () => {
    expect(await claimOptions({ scheme: stripe })).toMatchObject({ leaseMs: 30_000, retentionMs: 7 * day })
    expect(await claimOptions({ scheme: stripe, toleranceSeconds: 10 * 86_400 })).toMatchObject({ retentionMs: 20 * day })
    const slow = { ...stripe, retry: { windowSeconds: 30 * 86_400, resigned: true } }
    expect(await claimOptions({ scheme: slow })).toMatchObject({ retentionMs: 60 * day })
    expect(await claimOptions({ scheme: { ...stripe, retry: undefined } })).toMatchObject({ retentionMs: 7 * day })
    expect(await claimOptions({ retentionSeconds: 9 * 86_400, leaseSeconds: 5 })).toMatchObject({
      leaseMs: 5000,
      retentionMs: 9 * day,
    })
  })
})

describe('a sender that repeats the very bytes', () => {
  const linear = defineScheme({
    name: 'linear',
    signature: { header: 'linear-signature' },
    timestamp: { body: '/webhookTimestamp' },
    unit: 'ms',
    toleranceSeconds: 60,
    id: { body: '/webhookId' },
    retry: { windowSeconds: 25_200, resigned: false },
  })
  const late = (seconds: number) => ({ webhookId: 'a', webhookTimestamp: Date.now() - seconds * 1000 })

  it('is accepted for its retry window where being handled once takes the place of being fresh', async () => {
    expect((await receiver({ scheme: linear, store: store() }).send(late(25_000))).status).toBe(200)
    expect((await receiver({ scheme: linear, store: store() }).send(late(25_300))).status).toBe(401)
    expect((await receiver({ scheme: linear, inbox: { put: async () => 'accepted' } }).send(late(25_000))).status).toBe(200)
    expect((await receiver({ scheme: linear }).send(late(61))).status).toBe(401)
    expect((await receiver({ scheme: linear, store: store(), toleranceSeconds: 60 }).send(late(61))).status).toBe(401)
    expect((await receiver({ scheme: { ...linear, toleranceSeconds: false }, store: store() }).send(late(1e6))).status).toBe(200)
  })
})

describe('publicUrl', () => {
  const acme = defineScheme({
    name: 'acme',
    content: ['url', { text: '\n' }, 'body'],
    signature: { header: 'x-sig' },
    id: { body: '/id' },
  })
  const outer = 'https://public.example/in?a=1'

  it.each<[string, string | ((request: { url: URL }) => string) | undefined, string, number]>([
    ['nothing', undefined, `${url}?a=1`, 200],
    ['nothing, and the proxy changed it', undefined, outer, 401],
    ['an origin', 'https://public.example', 'https://public.example/hooks?a=1', 200],
    ['a URL', 'https://public.example/in', outer, 200],
    ['a URL with its query', 'https://public.example/in?b=2', 'https://public.example/in?b=2', 200],
    ['a function', (request) => `https://public.example/fn${request.url.search}`, 'https://public.example/fn?a=1', 200],
    ['a function that gives nothing', () => '', outer, 500],
  ])('as %s', async (_, publicUrl, signedUrl, status) => {
    const { hook } = receiver({ scheme: acme, publicUrl })

    const request = await signedRequest(acme, { url: signedUrl, secret, body: '{"id":1}' })
    expect((await hook(new Request(`${url}?a=1`, { method: 'POST', headers: request.headers, body: '{"id":1}' }))).status).toBe(
      status,
    )
  })

  it('is what the observer is told of where the URL is signed, and nowhere else', async () => {
    const signsUrl = receiver({ scheme: acme })
    await signsUrl.send({}, { secret: 'another secret' })
    expect(signsUrl.last()).toMatchObject({ code: 'signature_mismatch', hint: expect.stringMatching(/signed too.*`publicUrl`/) })
    await signsUrl.hook(new Request(url, { method: 'POST', body: '{}' }))
    expect(signsUrl.last()).toMatchObject({ code: 'missing_header', hint: expect.not.stringContaining('publicUrl') })
    const other = receiver({ scheme: stripe })
    await other.send({}, { secret: 'another secret' })
    expect(other.last()).toMatchObject({ code: 'signature_mismatch', hint: expect.not.stringContaining('publicUrl') })
  })
})

describe('the clock', () => {
  it('can be turned', async () => {
    const { send } = receiver({ now: () => new Date(1_700_000_000_000) })
    expect((await send({}, { timestamp: new Date(1_700_000_000_000) })).status).toBe(200)
    expect((await send({}, { timestamp: new Date() })).status).toBe(401)
  })
})

describe('an inbox', () => {
  const kept = () => {
    const messages: InboxMessage[] = []
    const put = vi.fn(async (message: InboxMessage) => {
      messages.push(message)
      return 'accepted' as const
    })
    return { messages, inbox: { put } }
  }

  it('is given the verified event, and the sender its 200 at once', async () => {
    const handler = vi.fn()
    const { messages, inbox } = kept()
    const memory = store()
    const claim = vi.spyOn(memory, 'claim')
    const { send, outcomes, last } = receiver({ inbox, store: memory, ...account }, handler)
    const response = await send({ type: 'paid', a: 'é' }, { id: 'msg_1', headers: { 'x-more': 'yes' } })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(messages).toEqual([
      {
        v: 1,
        key: 'standard-webhooks//acct_1/msg_1',
        scheme: 'standard-webhooks',
        account: 'acct_1',
        type: 'paid',
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        headers: expect.arrayContaining([
          ['x-more', 'yes'],
          ['webhook-id', 'msg_1'],
        ]),
        body: Buffer.from('{"type":"paid","a":"é"}').toString('base64'),
      },
    ])
    expect(JSON.parse(JSON.stringify(messages))).toEqual(messages)
    expect(outcomes()).toEqual(['verified', 'enqueued'])
    expect(last()).toMatchObject({ put: 'accepted' })
    expect(claim).not.toHaveBeenCalled()
    expect(handler).not.toHaveBeenCalled()
  })

  const account = { secret: () => ({ account: 'acct_1', secret }) }

  it('is given every verified event: types and schema are looked at when it is worked on', async () => {
    const { messages, inbox } = kept()
    const validate = vi.fn(() => ({ issues: [{ message: 'no' }] }))
    const schema = { '~standard': { version: 1, vendor: 'own', validate } }
    const handler = vi.fn()
    const key = (event: { payload: { order: string } }) => event.payload.order
    const { send, hook, outcomes } = receiver({ inbox, types: ['paid'], schema, key }, handler)
    expect((await send({ type: 'refunded', order: 'o1' })).status).toBe(200)
    expect((await send({ type: 'paid', order: 'o2' })).status).toBe(200)
    expect(messages.map((message) => message.key)).toEqual(['standard-webhooks///o1', 'standard-webhooks///o2'])
    expect(validate).not.toHaveBeenCalled()
    await hook.work(messages[0] as InboxMessage)
    await expect(hook.work(messages[1] as InboxMessage)).rejects.toThrow('The payload fails the schema: no')
    expect(outcomes().slice(4)).toEqual(['ignored', 'failed'])
    expect(handler).not.toHaveBeenCalled()
  })

  it.each(['duplicate', 'unknown'] as const)('that says %s is enough', async (put) => {
    const { send, last } = receiver({ inbox: { put: async () => put } })
    expect((await send()).status).toBe(200)
    expect(last()).toMatchObject({ outcome: 'enqueued', put })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no')
      },
    ],
    ['says something else', async () => undefined],
  ])('that %s is 503', async (_, put) => {
    const { send, last } = receiver({ inbox: { put } })
    const response = await send()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(last()).toMatchObject({ outcome: 'failed', code: 'inbox_unavailable' })
  })

  it('that takes more than 2 s is 503, and told to stop', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let answered: Promise<Response> | undefined
      const signal = await new Promise<AbortSignal>((putting) => {
        const put = (_: InboxMessage, { signal }: { signal: AbortSignal }) => {
          putting(signal)
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        }
        answered = receiver({ inbox: { put } }).send()
      })
      await vi.advanceTimersByTimeAsync(1999)
      expect(signal.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect((await answered)?.status).toBe(503)
      expect(signal.aborted).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  describe('receiver.work', () => {
    const enqueued = async (options: object, body: unknown = { type: 'paid' }, more: object = {}) => {
      const { messages, inbox } = kept()
      const { send } = receiver({ inbox, ...options })
      await send(body, more)
      return messages[0] as InboxMessage
    }

    it('handles what was kept, whole, once, and never looks at its age', async () => {
      const handler = vi.fn()
      const message = await enqueued({}, { type: 'paid' }, { id: 'msg_1' })
      const { hook, outcomes } = receiver({ inbox: kept().inbox, store: store(), now: () => new Date(0) }, handler)
      await hook.work(JSON.parse(JSON.stringify(message)))
      await hook.work(message)
      expect(handler).toHaveBeenCalledTimes(1)
      expect(handler.mock.calls[0]?.[0]).toMatchObject({
        id: 'msg_1',
        type: 'paid',
        key: message.key,
        payload: { type: 'paid' },
        timestamp: expect.any(Date),
      })
      expect(outcomes()).toEqual(['executed', 'duplicate'])
    })

    it('reads the time where the scheme has it, or none', async () => {
      const handler = vi.fn()
      const noTime = { scheme: github }
      const message = await enqueued(noTime, { a: 1 }, { id: 'd1', headers: { 'x-github-event': 'push' } })
      await receiver(noTime, handler).hook.work(message)
      expect(handler.mock.calls[0]?.[0]).toMatchObject({ id: 'd1', type: 'push', timestamp: undefined })
    })

    it('reads the time in the body too', async () => {
      const handler = vi.fn()
      const scheme = defineScheme({
        name: 'acme',
        signature: { header: 'x-sig' },
        timestamp: { body: '/at' },
        unit: 'ms',
        id: { body: '/id' },
      })
      const at = Date.now()
      const message = await enqueued({ scheme }, { id: 1, at })
      await receiver({ scheme, now: () => new Date(0) }, handler).hook.work(message)
      expect(handler.mock.calls[0]?.[0]).toMatchObject({ id: '1', timestamp: new Date(at) })
    })

    it('applies types and schema', async () => {
      const message = await enqueued({})
      const { hook, outcomes } = receiver({ types: ['refunded'] })
      await hook.work(message)
      expect(outcomes()).toEqual(['ignored'])
      const schema = { '~standard': { version: 1, vendor: 'own', validate: () => ({ issues: [{ message: 'no' }] }) } }
      await expect(receiver({ schema }).hook.work(message)).rejects.toThrow('The payload fails the schema: no')
    })

    it('rejects when the event was not handled, with the handler’s own error', async () => {
      const message = await enqueued({})
      const error = new Error('no')
      const failing = receiver({ store: store() }, () => Promise.reject(error))
      await expect(failing.hook.work(message)).rejects.toBe(error)
      expect(failing.last()).toMatchObject({ outcome: 'failed', error })
      const declining = receiver({ store: store() }, (_, context: { reply(reply: object): unknown }) =>
        context.reply({ status: 500 }),
      )
      await expect(declining.hook.work(message)).rejects.toThrow('The handler replied 500.')
      const busy = receiver({
        store: { ...store(), claim: async () => ({ status: 'in_progress' as const, retryAfterMs: 1500 }) },
      })
      await expect(busy.hook.work(message)).rejects.toMatchObject({ code: 'in_progress' })
      const unkept = receiver({ store: { ...store(), complete: () => Promise.reject(new Error('gone')) } })
      await expect(unkept.hook.work(message)).rejects.toMatchObject({ name: 'IdempotencyError', code: 'store_unavailable' })
    })

    it('hands over the worker’s signal and count', async () => {
      const message = await enqueued({})
      const controller = new AbortController()
      let context = { attempt: 0, signal: controller.signal }
      const { hook } = receiver({}, (_, given: typeof context) => (context = given))
      await hook.work(message, { signal: controller.signal, attempt: 3 })
      expect(context.attempt).toBe(3)
      controller.abort()
      expect(context.signal.aborted).toBe(true)
    })

    it('refuses what is no message of its scheme', async () => {
      const message = await enqueued({})
      const { hook } = receiver()
      for (const bad of [
        undefined,
        {},
        { ...message, v: 2 },
        { ...message, body: '***' },
        { ...message, body: 7 },
        { ...message, body: undefined },
        { ...message, headers: {} },
        { ...message, key: undefined },
      ]) {
        await expect(hook.work(bad as never)).rejects.toThrow(/Expected `message` to be an InboxMessage/)
      }
      await expect(hook.work({ ...message, scheme: 'stripe' })).rejects.toThrow(
        /Expected a message of the scheme standard-webhooks, got one of stripe/,
      )
      expect(standardWebhooks.name).toBe(message.scheme)
    })
  })
})
