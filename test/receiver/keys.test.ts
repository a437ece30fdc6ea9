import { createHash } from 'node:crypto'
import { test } from '@fast-check/vitest'
import { defineScheme, type WebhookEvent } from 'countersign'
import { github, shopify, slack, standardWebhooks, stripe } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { EventDraft } from '../../src/receiver/event'
import { eventKey, keyText } from '../../src/receiver/key'
import { load, runtimes } from '../crypto/runtimes'
import { receiver, secret, store, url } from './harness'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The keys that a receiver gives to its handler for some events. */
async function keysOf(options: object, ...sends: [body: unknown, more?: object][]) {
  const keys: string[] = []
  const { send, last } = receiver({ store: store(), ...options }, (event: WebhookEvent) => keys.push(event.key))
  for (const [body, more] of sends) {
    const { status } = await send(body, more)
    if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(last())}`)
  }
  return keys
}

describe('the key of an event', () => {
  it('is the signed id, from a header or from the body', async () => {
    expect(await keysOf({ scheme: standardWebhooks }, [{}, { id: 'msg_1' }])).toEqual(['standard-webhooks///msg_1'])
    expect(await keysOf({ scheme: stripe }, [{ id: 'evt_1' }])).toEqual(['stripe///evt_1'])
    expect(await keysOf({ scheme: slack }, [{ event_id: 'Ev1' }])).toEqual(['slack///Ev1'])
  })

  it('is never an id that is not signed: the body’s hash with its topic takes its place', async () => {
    const event = (topic: string, id: string) => [{ a: 1 }, { id, headers: { 'x-github-event': topic } }] as [unknown, object]
    expect(await keysOf({ scheme: github }, event('push', 'd1'), event('push', 'd2'), event('pull_request', 'd1'))).toEqual([
      `github///${sha256('push\n{"a":1}')}`,
      `github///${sha256('pull_request\n{"a":1}')}`,
    ])
    expect(await keysOf({ scheme: shopify }, [{ a: 1 }])).toEqual([`shopify///${sha256('\n{"a":1}')}`])
    expect(
      await keysOf({ scheme: slack }, ['command=%2Fgo', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }]),
    ).toEqual([`slack///${sha256('\ncommand=%2Fgo')}`])
  })

  it('is what `key` says, within the scheme, the endpoint and the account', async () => {
    const options = {
      key: (event: WebhookEvent<{ order: string }>) => event.payload.order,
      endpoint: 'orders',
      secret: () => ({ account: 'acct_1', secret }),
    }
    expect(await keysOf(options, [{ order: 'o/1' }])).toEqual(['standard-webhooks/orders/acct_1/o/1'])
  })

  it('keeps endpoints and accounts apart, whatever they hold', async () => {
    const account = (name: string) => ({ secret: () => ({ account: name, secret }) })
    const [one] = await keysOf({ ...account('a/b'), key: () => 'c' }, [{}])
    const [two] = await keysOf({ ...account('a'), key: () => 'b/c' }, [{}])
    const [three] = await keysOf({ endpoint: 'a', ...account('b'), key: () => 'c' }, [{}])
    const [four] = await keysOf({ ...account('a%2Fb'), key: () => 'c' }, [{}])
    expect(new Set([one, two, three, four]).size).toBe(4)
  })

  it.each(runtimes)('is there for a handler where nobody else asks for it, on %s', async (runtime) => {
    const { webhook: mount } = await load(runtime, () => import('countersign/fetch'))
    const keys: string[] = []
    const hook = mount({ scheme: github, secret }, (event) => {
      keys.push(event.key, { ...event }.key)
    })
    await hook(await signedRequest(github, { url, secret, body: '{"a":1}', headers: { 'x-github-event': 'push' } }))
    const key = `github///${sha256('push\n{"a":1}')}`
    expect(keys).toEqual([key, key])
  })

  it('is not made where nobody asks for it: it takes a second hash of the body', async () => {
    const node = vi.spyOn(await import('node:crypto').then((module) => module.default), 'createHash')
    const { hook } = receiver({ scheme: github, observe: undefined })
    const send = async () => hook(await signedRequest(github, { url, secret, body: '{"a":1}' }))
    expect((await send()).status).toBe(200)
    expect(node).not.toHaveBeenCalled()
    const { hook: watched } = receiver({ scheme: github })
    await watched(await signedRequest(github, { url, secret, body: '{"a":1}' }))
    expect(node).toHaveBeenCalledTimes(1)
    node.mockRestore()
  })

  it('does not follow the path', async () => {
    const [one] = await keysOf({}, [{}, { id: 'msg_1', url: 'https://shop.example/other' }])
    expect(one).toBe('standard-webhooks///msg_1')
  })

  it('of a scheme of one’s own needs an id or `key`', async () => {
    const acme = defineScheme({ name: 'acme', signature: { header: 'x-sig' } })
    expect(() => receiver({ scheme: acme, store: store() })).toThrow(
      /Expected `key` to be a function, got undefined: the scheme acme signs no id/,
    )
    expect(() => receiver({ scheme: acme, inbox: { put: vi.fn() } })).toThrow(/`key`/)
    expect(() => receiver({ scheme: acme })).not.toThrow()
    const headerId = defineScheme({ name: 'acme', signature: { header: 'x-sig' }, id: { header: 'x-id' } })
    expect(() => receiver({ scheme: headerId, store: store() })).toThrow(/`key`/)
    const bodyId = defineScheme({ name: 'acme', signature: { header: 'x-sig' }, id: { body: '/id' } })
    expect(await keysOf({ scheme: bodyId }, [{ id: 7 }])).toEqual(['acme///7'])
    const signed = defineScheme({
      name: 'acme',
      content: ['id', { text: '.' }, 'body'],
      signature: { header: 'x-sig' },
      id: { header: 'x-id' },
    })
    expect(await keysOf({ scheme: signed }, [{}, { id: 'one' }])).toEqual(['acme///one'])
    const distinct = defineScheme({ name: 'acme', signature: { header: 'x-sig' }, bodyIsKey: true })
    expect(await keysOf({ scheme: distinct }, ['x', { headers: { 'content-type': 'text/csv' } }])).toEqual([
      `acme///${sha256('\nx')}`,
    ])
  })

  it.each<[string, (event: WebhookEvent) => unknown]>([
    ['an object', ({ payload }) => payload],
    ['an object to come', async ({ payload }) => payload],
    ['nothing', () => undefined],
    ['no number', () => Number.NaN],
    ['a number that others are read as', () => 2 ** 53],
    ['a symbol', () => Symbol('id')],
    ['a rejection', () => Promise.reject(new Error('no'))],
  ])('is never made of %s, which would be the key of every event', async (_, key) => {
    const claim = vi.fn()
    const { send } = receiver({ key, store: { ...store(), claim } })
    expect((await send()).status).toBe(500)
    expect(claim).not.toHaveBeenCalled()
  })

  it('may be a number, and may be to come', async () => {
    const key = async ({ payload }: WebhookEvent<{ order: number }>) => payload.order
    expect(await keysOf({ key }, [{ order: 7 }], [{ order: 8 }])).toEqual(['standard-webhooks///7', 'standard-webhooks///8'])
  })

  it('holds a hash of an id for which an account beyond ASCII leaves no room', async () => {
    const account = '株'.repeat(100)
    const options = { secret: () => ({ account, secret }) }
    const [short, long] = await keysOf(options, [{}, { id: 'm'.repeat(100) }], [{}, { id: 'm'.repeat(256) }])
    expect(short).toBe(`standard-webhooks//${account}/${'m'.repeat(100)}`)
    expect(long).toBe(`standard-webhooks//${account}/${sha256('m'.repeat(256))}`)
  })

  it('without the id that must be in the body is 500, and nothing is claimed', async () => {
    const claim = vi.fn()
    const { send, last } = receiver({ scheme: stripe, store: { ...store(), claim } })
    for (const body of [{}, { id: { a: 1 } }, '{"id":9007199254740993}', 'not json']) {
      expect((await send(body)).status).toBe(500)
      expect(last()).toMatchObject({ outcome: 'failed', code: 'payload_invalid' })
    }
    expect(claim).not.toHaveBeenCalled()
  })

  test.prop([
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2000 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
  ])('is of a length and of characters that every store takes', async (own, account, endpoint) => {
    const draft = new EventDraft(github, {
      id: undefined,
      account: account.slice(0, 30),
      timestamp: undefined,
      body: new Uint8Array(),
      headers: new Headers(),
    })
    const key = await keyText(eventKey(github, draft, endpoint.slice(0, 30), own))
    expect(new TextEncoder().encode(key).length).toBeLessThanOrEqual(512)
    expect(key.isWellFormed()).toBe(true)
  })
})
