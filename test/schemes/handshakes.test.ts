import { createHmac, generateKeyPairSync } from 'node:crypto'
import type { Scheme } from 'countersign'
import { discord, dropbox, meta, slack, twitch, xero, zoom } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import { receiver, secret, shown, url } from '../receiver/harness'

const text = (body: string) => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
})
const json = (body: object) => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
  body: JSON.stringify(body),
})
const refused = { status: 401, headers: {}, body: '' }

describe('before verification, on GET', () => {
  it('Meta shows its token and wants its challenge', async () => {
    const { hook } = receiver({ scheme: meta, verifyToken: 'my token' })
    const get = async (query: Record<string, string>) => shown(await hook(new Request(`${url}?${new URLSearchParams(query)}`)))
    const hub = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'my token' }
    expect(await get(hub)).toEqual(text('1158201444'))
    expect(await get({ ...hub, 'hub.verify_token': 'another' })).toEqual(refused)
    expect(await get({ ...hub, 'hub.mode': 'unsubscribe' })).toEqual(refused)
    expect(await get({ 'hub.mode': 'subscribe' })).toEqual(refused)
    expect(await get({ ...hub, 'hub.challenge': 'x'.repeat(1025) })).toEqual(refused)
    const { 'hub.challenge': _, ...unchallenged } = hub
    expect(await get(unchallenged)).toEqual(text(''))
    const { 'hub.verify_token': __, ...tokenless } = hub
    expect(await get(tokenless)).toEqual(refused)
    const { hook: without } = receiver({ scheme: meta })
    expect(await shown(await without(new Request(`${url}?${new URLSearchParams({ ...hub, 'hub.verify_token': '' })}`)))).toEqual(
      refused,
    )
  })

  it('Dropbox wants its challenge, which no browser may take for a page', async () => {
    const { hook } = receiver({ scheme: dropbox })
    expect(await shown(await hook(new Request(`${url}?challenge=%3Cscript%3E`)))).toEqual(text('<script>'))
    expect(await shown(await hook(new Request(url)))).toEqual(refused)
  })
})

/** What a scheme's receiver answers to a signed body, and to the same body from a stranger. */
async function answers(scheme: Scheme, body: unknown, options: { secret?: unknown; signWith?: unknown } = {}) {
  const handler = vi.fn()
  const { hook } = receiver({ scheme, secret: options.secret ?? secret }, handler)
  const request = await signedRequest(scheme, { url, secret: (options.signWith ?? secret) as string, body: JSON.stringify(body) })
  const forged = new Request(url, { method: 'POST', headers: request.headers, body: `${JSON.stringify(body)} ` })
  expect(await shown(await hook(forged))).toEqual(refused)
  return { answer: await shown(await hook(request)), isHandled: handler.mock.calls.length > 0 }
}

describe('after verification, on POST', () => {
  it('Slack and Twitch want their challenge', async () => {
    expect(await answers(slack, { type: 'url_verification', challenge: 'abc' })).toEqual({
      answer: text('abc'),
      isHandled: false,
    })
    expect(await answers(twitch, { challenge: 'abc', subscription: { type: 'stream.online' } })).toEqual({
      answer: text('abc'),
      isHandled: false,
    })
    expect(await answers(twitch, { event: {}, subscription: { type: 'stream.online' } })).toMatchObject({ isHandled: true })
  })

  it('Zoom wants its token signed, with the secret that it used', async () => {
    const body = { event: 'endpoint.url_validation', payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' } }
    const encryptedToken = createHmac('sha256', secret).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex')
    const expected = json({ plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken })
    expect(await answers(zoom, body)).toEqual({ answer: expected, isHandled: false })
    expect(await answers(zoom, body, { secret: ['an older secret', secret] })).toEqual({ answer: expected, isHandled: false })
    expect(await answers(zoom, { event: 'meeting.started' })).toMatchObject({ isHandled: true })
    const empty = json({ plainToken: '', encryptedToken: createHmac('sha256', secret).update('').digest('hex') })
    expect(await answers(zoom, { event: 'endpoint.url_validation' })).toEqual({ answer: empty, isHandled: false })
  })

  it('Discord wants a pong, or an empty 204', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const keys = { secret: publicKey.export({ format: 'jwk' }), signWith: privateKey.export({ format: 'jwk' }) }
    expect(await answers(discord, { type: 1 }, keys)).toEqual({ answer: json({ type: 1 }), isHandled: false })
    expect(await answers(discord, { version: 1, type: 0 }, keys)).toEqual({
      answer: { status: 204, headers: {}, body: '' },
      isHandled: false,
    })
    expect(await answers(discord, { type: 2 }, keys)).toMatchObject({ isHandled: true })
    expect(await answers(discord, { type: 0, event: { type: 'ENTITLEMENT_CREATE' } }, keys)).toMatchObject({ isHandled: true })
  })

  it('Xero wants an empty 200 for no events', async () => {
    expect(await answers(xero, { events: [], firstEventSequence: 0 })).toEqual({
      answer: { status: 200, headers: {}, body: '' },
      isHandled: false,
    })
    expect(await answers(xero, { events: [{}] })).toMatchObject({ isHandled: true })
    expect(await answers(xero, null)).toMatchObject({ isHandled: true })
  })

  it('signs on GET with the first secret', async () => {
    const handshake = {
      method: 'GET' as const,
      challenge: async ({ sign }: { sign(text: string): Promise<string> }) => sign('token'),
    }
    const { hook } = receiver({ scheme: { ...dropbox, handshake }, secret: ['first secret', 'second secret'] })
    expect(await shown(await hook(new Request(url)))).toEqual(
      text(createHmac('sha256', 'first secret').update('token').digest('hex')),
    )
  })
})
