import { ConfigurationError, type InboxMessage, type Observation, VerificationError } from 'countersign'
import { github, meta, slack, standardWebhooks, stripe } from 'countersign/schemes'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createExplaining } from '../../src/receiver/explaining'
import { volatileHint } from '../../src/receiver/observe'
import { deferred } from '../idempotency/stores'
import { receiver, secret, store, url } from './harness'

afterEach(() => void vi.useRealTimers())

const account = (name: string) => ({ secret: () => ({ account: name, secret }) })

describe('what is told of a secret that could not be had', () => {
  const expected = 'Expected `secret` to give { account, secret }, account a text of 1 to 100 characters, got'

  it.each<[string, unknown, string]>([
    ['no account', { secret }, `${expected} undefined`],
    ['a number for an account', { account: 7, secret }, `${expected} 7`],
    ['a list for an account', { account: ['a'], secret }, expected],
    ['an empty account', { account: '', secret }, `${expected} ""`],
    ['an account that is too long', { account: 'a'.repeat(101), secret }, expected],
    ['null', null, `${expected} undefined`],
  ])('that a function gives: %s', async (_, given, message) => {
    const { send, last } = receiver({ secret: () => given })
    expect((await send()).status).toBe(503)
    expect(last()).toMatchObject({ error: { name: 'SecretUnavailable', message: expect.stringContaining(message) } })
  })

  it('is why, where the function fails', async () => {
    const cause = new Error('the vault is sealed')
    const { send, last } = receiver({ secret: () => Promise.reject(cause) })
    await send()
    expect(last()).toMatchObject({
      error: { name: 'SecretUnavailable', message: '`secret` failed, or gave a secret that is none.', cause },
    })
  })

  it('is nothing for an account of a hundred characters', async () => {
    expect((await receiver(account('a'.repeat(100))).send()).status).toBe(200)
  })

  it('is that nobody is known by the name', async () => {
    const { send, last } = receiver({ secret: () => undefined })
    expect((await send()).status).toBe(401)
    expect(last()).toMatchObject({ code: 'unknown_account', hint: '`secret` knows no account for this request.' })
  })

  it('is a warning where one of several is short, below sixteen bytes', () => {
    const hint = 'A secret has fewer than 16 bytes: anyone may guess it.'
    const long = 'x'.repeat(16)
    for (const short of ['x'.repeat(15), [long, 'x'.repeat(15)]]) {
      expect(receiver({ scheme: github, secret: short }).seen).toMatchObject([{ outcome: 'warning', code: 'short_secret', hint }])
    }
    expect(receiver({ scheme: github, secret: [long, long] }).seen).toEqual([])
  })
})

describe('what is told of a refusal', () => {
  it.each<[string, object, RequestInit & { duplex?: string }, object]>([
    ['another method', {}, { method: 'PUT' }, { code: 'method_not_allowed', hint: 'Webhooks are POSTed; this was PUT.' }],
    ['a GET that is no handshake', { scheme: meta }, {}, { code: 'bad_handshake', hint: 'A GET that is no handshake.' }],
    [
      'a compressed body',
      {},
      { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: 'x' },
      { code: 'content_encoding', hint: 'A compressed body cannot be verified. Does a proxy compress requests?' },
    ],
    [
      'a long body',
      { maxBodyBytes: 10 },
      { method: 'POST', body: 'x'.repeat(11) },
      { code: 'body_too_large', hint: expect.stringContaining('`maxBodyBytes` (10)') },
    ],
  ])('of %s', async (_, options, init, told) => {
    const { hook, last } = receiver(options)
    await hook(new Request(url, init))
    expect(last()).toMatchObject({ outcome: 'rejected', ...told })
  })

  it('of a handshake with another token', async () => {
    const { hook, last } = receiver({ scheme: meta, verifyToken: 'mine' })
    await hook(new Request(`${url}?hub.mode=subscribe&hub.challenge=1&hub.verify_token=yours`))
    expect(last()).toMatchObject({
      code: 'bad_handshake',
      hint: 'The handshake shows another token than `verifyToken`, or a challenge that is too long.',
    })
  })
})

it('a key that cannot be had is our trouble, and the sender may come back', async () => {
  const read = () => {
    throw new VerificationError('key_unavailable', undefined, { key_unavailable: 'away' })
  }
  const { hook, last } = receiver({ scheme: { ...github, proof: { read } }, secret: 'x'.repeat(16) })
  const answer = await hook(new Request(url, { method: 'POST', body: '{}' }))
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  expect(last()).toMatchObject({ outcome: 'rejected', code: 'key_unavailable', status: 503 })
})

describe('what is told of an inbox that fails', () => {
  const failing = async (put: () => unknown) => {
    const { send, last } = receiver({ inbox: { put } })
    await send()
    return last()
  }

  it('is why', async () => {
    const cause = new Error('ECONNREFUSED')
    expect(await failing(() => Promise.reject(cause))).toMatchObject({
      error: { name: 'InboxUnavailable', message: 'The inbox failed.', cause },
    })
    expect(await failing(async () => 'kept')).toMatchObject({
      error: { name: 'InboxUnavailable', message: 'Expected the inbox to say accepted, duplicate or unknown.' },
    })
  })

  it('is that it took too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = deferred()
    const told = failing(() => {
      asked.resolve()
      return new Promise(() => undefined)
    })
    await asked.promise
    await vi.advanceTimersByTimeAsync(2000)
    expect(await told).toMatchObject({ error: { name: 'InboxUnavailable', message: 'The inbox took more than 2000 ms.' } })
  })

  it('leaves no timer behind where it answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    expect((await receiver({ inbox: { put: async () => 'accepted' } }).send()).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what is told of an event', () => {
  it('in progress is its key, and when to come back', async () => {
    const claim = async () => ({ status: 'in_progress' as const, retryAfterMs: 30_000 })
    const { send, last } = receiver({ store: { ...store(), claim }, ...account('acct_1') })
    const answer = await send({ type: 'paid' }, { id: 'msg_1' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
    expect(last()).toMatchObject({
      outcome: 'in-progress',
      key: 'standard-webhooks//acct_1/msg_1',
      id: 'msg_1',
      type: 'paid',
      account: 'acct_1',
      retryAfterSeconds: 30,
    })
  })

  it('that another has taken over is its key', async () => {
    const { send, last } = receiver({ store: { ...store(), complete: async () => false } })
    await send({ type: 'paid' }, { id: 'msg_1' })
    expect(last()).toMatchObject({ outcome: 'fenced', key: 'standard-webhooks///msg_1', id: 'msg_1', type: 'paid' })
  })

  it('whose handshake is answered is its account', async () => {
    const { send, last } = receiver({ scheme: slack, ...account('acct_1') })
    await send({ type: 'url_verification', challenge: 'abc' })
    expect(last()).toMatchObject({ outcome: 'handshake', account: 'acct_1' })
  })

  it('of an inbox that cannot be read is its key and its account', async () => {
    const { hook, last } = receiver({ scheme: stripe })
    const message: InboxMessage = {
      v: 1,
      key: 'stripe//acct_1/evt_1',
      scheme: 'stripe',
      account: 'acct_1',
      receivedAt: new Date(0).toISOString(),
      headers: [['stripe-signature', 't=1700000000,v1=00']],
      body: Buffer.from('no JSON').toString('base64'),
    }
    await expect(hook.work(message)).rejects.toMatchObject({ name: 'PayloadError' })
    expect(last()).toMatchObject({ outcome: 'failed', key: message.key, account: 'acct_1', code: 'payload_invalid' })
  })

  it('is how long it took', async () => {
    const before = performance.now()
    const { send, seen } = receiver()
    await send()
    const most = performance.now() - before
    for (const observation of seen as (Observation & { durationMs: number })[]) {
      expect(observation.durationMs).toBeGreaterThanOrEqual(0)
      expect(observation.durationMs).toBeLessThanOrEqual(most)
    }
  })

  it('is how long the explanation took', async () => {
    const before = performance.now()
    const observe = vi.fn()
    const explain = createExplaining(async () => ({ outcome: 'refused', explanation: 'a', mend: 'b' }), observe)
    explain(new VerificationError('no_signature'), standardWebhooks, {} as never)
    await vi.waitFor(() => expect(observe).toHaveBeenCalled())
    expect(observe.mock.calls[0]?.[0].durationMs).toBeLessThanOrEqual(performance.now() - before)
  })
})

describe('what is told of a store that forgets', () => {
  const forgetful = { ...store(), traits: { durable: false, shared: false, clock: 'caller' as const } }
  const inProduction = { env: { NODE_ENV: 'production' } }
  /** The hint in a runtime whose `process` is that one. */
  const hintOf = (process: unknown, ...given: Parameters<typeof volatileHint>) => {
    vi.stubGlobal('process', process)
    try {
      return volatileHint(...given)
    } finally {
      vi.unstubAllGlobals()
    }
  }

  it('is nothing without a store, with one that lasts, or with one that does not say', () => {
    expect(hintOf(inProduction, forgetful)).toContain('forgets everything')
    expect(hintOf(inProduction, undefined)).toBeUndefined()
    expect(hintOf(inProduction, { ...forgetful, traits: { ...forgetful.traits, durable: true } })).toBeUndefined()
    expect(hintOf(inProduction, { ...forgetful, traits: undefined as never })).toBeUndefined()
  })

  it('is nothing outside production, or where nobody can tell', () => {
    for (const process of [{ env: { NODE_ENV: 'test' } }, { env: {} }, {}, undefined]) {
      expect(hintOf(process, forgetful)).toBeUndefined()
    }
  })
})

describe('what is told of a message that is none', () => {
  it('is what it must be', async () => {
    const { hook } = receiver({ scheme: github })
    const message = { v: 1, key: 'a', scheme: 'github', receivedAt: '', headers: [], body: '' }
    for (const change of [{ body: 7 }, { v: 2 }, { headers: 'none' }, { key: 7 }]) {
      const outcome = hook.work({ ...message, ...change } as never)
      await expect(outcome).rejects.toThrow('Expected `message` to be an InboxMessage as the inbox was given it')
      await expect(outcome).rejects.toMatchObject({ code: 'invalid_option' })
    }
    const other = hook.work({ ...message, scheme: 'stripe' } as never)
    await expect(other).rejects.toThrow('Expected a message of the scheme github, got one of stripe')
    await expect(other).rejects.toBeInstanceOf(ConfigurationError)
    await expect(other).rejects.toMatchObject({ code: 'invalid_option' })
  })
})

describe('what an inbox is given', () => {
  it('has no account and no type where there are none', async () => {
    const put = vi.fn(async () => 'accepted')
    await receiver({ inbox: { put } }).send({})
    const [message] = put.mock.calls[0] as unknown as [InboxMessage]
    expect(Object.keys(message)).toEqual(['v', 'key', 'scheme', 'receivedAt', 'headers', 'body'])
  })

  it('is worked on under the key that it was kept under', async () => {
    const keys: string[] = []
    const { hook } = receiver({}, (event: { key: string }) => keys.push(event.key))
    const put = vi.fn(async () => 'accepted')
    await receiver({ inbox: { put } }).send({}, { id: 'msg_1' })
    const [message] = put.mock.calls[0] as unknown as [InboxMessage]
    await hook.work({ ...message, key: 'standard-webhooks///another' })
    expect(keys).toEqual(['standard-webhooks///another'])
  })

  it('may be years old when it is worked on', async () => {
    const handler = vi.fn()
    const timestamp = new Date(1_600_000_000_000)
    const put = vi.fn(async () => 'accepted')
    await receiver({ inbox: { put }, toleranceSeconds: false }).send({}, { timestamp })
    const [message] = put.mock.calls[0] as unknown as [InboxMessage]
    await receiver({}, handler).hook.work(message)
    expect(handler.mock.calls[0]?.[0]).toMatchObject({ timestamp })
  })
})
