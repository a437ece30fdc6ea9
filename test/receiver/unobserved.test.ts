import type { InboxMessage, WebhookEvent } from 'countersign'
import { github, meta, slack, standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import { receiver, secret, store, url } from './harness'

/** A receiver that nobody listens to. */
const unobserved = (options: object = {}, handler?: (event: never, context: never) => unknown) =>
  receiver({ observe: undefined, ...options }, handler)

/** An inbox in memory, and what it was given. */
function kept() {
  const messages: InboxMessage[] = []
  const put = async (message: InboxMessage) => {
    messages.push(message)
    return 'accepted'
  }
  return { messages, inbox: { put } }
}

describe('where nobody observes', () => {
  it('an event of another type is acknowledged', async () => {
    expect((await unobserved({ types: ['paid'] }).send({ type: 'refunded' })).status).toBe(200)
  })

  it('handshakes are answered, by GET and by POST', async () => {
    const query = 'hub.mode=subscribe&hub.verify_token=tell&hub.challenge=42'
    const subscribed = await unobserved({ scheme: meta, verifyToken: 'tell' }).hook(new Request(`${url}?${query}`))
    expect([subscribed.status, await subscribed.text()]).toEqual([200, '42'])
    const verified = await unobserved({ scheme: slack }).send({ type: 'url_verification', challenge: 'c1' })
    expect([verified.status, await verified.text()]).toEqual([200, expect.stringContaining('c1')])
  })

  it('a handler that promises its answer is waited for', async () => {
    type Context = { reply: (reply: object) => unknown }
    const { send } = unobserved({}, async (_, { reply }: Context) => reply({ status: 202, body: 'later' }))
    const response = await send()
    expect([response.status, await response.text()]).toEqual([202, 'later'])
  })

  it('a key of one’s own is that of the event, and one that is too long its hash', async () => {
    const keys: string[] = []
    for (const own of ['mine', 'x'.repeat(257)]) {
      const key = async () => own
      await unobserved({ key }, (event: WebhookEvent) => keys.push(event.key)).send()
    }
    expect(keys).toEqual(['standard-webhooks///mine', expect.stringMatching(/^standard-webhooks\/\/\/[0-9a-f]{64}$/)])
  })

  it('a key that is a hash is known to the store', async () => {
    const handler = vi.fn()
    const { send } = unobserved({ scheme: github, store: store() }, handler)
    await send({ a: 1 })
    expect((await send({ a: 1 })).headers.get('idempotent-replayed')).toBe('true')
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('a key that is a hash is known to the inbox', async () => {
    const { messages, inbox } = kept()
    expect((await unobserved({ scheme: github, inbox }).send({ a: 1 })).status).toBe(200)
    expect(messages).toMatchObject([{ key: expect.stringMatching(/^github\/\/\/[0-9a-f]{64}$/) }])
  })

  it('a worker is given the handler’s own error', async () => {
    const { messages, inbox } = kept()
    await unobserved({ inbox }).send()
    const error = new Error('no')
    const { hook } = unobserved({}, () => Promise.reject(error))
    await expect(hook.work(messages[0] as InboxMessage)).rejects.toBe(error)
  })

  it('a store that forgets is taken in production, too', () => {
    vi.stubEnv('NODE_ENV', 'production')
    try {
      expect(() => unobserved({ store: store() })).not.toThrow()
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

it('leaves no rejection behind where a forgery is refused', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  for (const options of [{}, { observe: undefined, explain: true }]) {
    expect((await receiver(options).send({}, { secret: `whsec_${btoa('x'.repeat(24))}` })).status).toBe(401)
  }
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

it('hands what goes on after the answer to the platform', async () => {
  const waitUntil = vi.fn()
  const sweep = vi.fn(async () => 0)
  const { hook } = receiver({ store: { ...store(), sweep } })
  await hook(await signedRequest(standardWebhooks, { url, secret, body: '{}' }), { waitUntil })
  expect(sweep).toHaveBeenCalledTimes(1)
  expect(waitUntil).toHaveBeenCalledWith(expect.any(Promise))
})
