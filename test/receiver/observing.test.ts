import { readFileSync } from 'node:fs'
import type { Observation } from 'countersign'
import { github, slack, standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it, vi } from 'vitest'
import { failures, rejections } from '../../src/receiver/answers'
import { root } from '../../tools/entries'
import { receiver, secret, store, url } from './harness'
import { kindsOfObservation } from './observations'

const kinds = kindsOfObservation()
const document = readFileSync(`${root}docs/observing.md`, 'utf8')

/** The rows of a table of the document, its cells by column. */
const rowsOf = (name: string) =>
  (document.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- /${name} -->`)[0] ?? '')
    .split('\n')
    .slice(2)
    .map((row) => row.replace(/^\|\s*|\s*\|$/g, '').split(/\s*\|\s*/))
const namesIn = (cell = '') => [...cell.matchAll(/`(\w[\w-]*)`/g)].map(([, name]) => name as string)
const everything = ['outcome', 'scheme']
const ofDeliveries = ['endpoint', 'account', 'durationMs', 'bodyBytes']
const ofNamed = ['key', 'id', 'type']
const ofEnds = ['status', 'answerBytes']

describe('docs/observing.md', () => {
  it('names every outcome and what it has', () => {
    const rows = rowsOf('outcomes')
    expect(rows.map(([outcome]) => namesIn(outcome)[0]).sort()).toEqual([...kinds.keys()].sort())
    for (const [outcome, , status, own] of rows) {
      const { fields = [] } = kinds.get(namesIn(outcome)[0] as string) ?? {}
      const common = [
        ...everything,
        ...(fields.includes('bodyBytes') ? [...ofDeliveries, ...ofNamed] : fields.includes('durationMs') ? ['durationMs'] : []),
        ...(fields.includes('status') ? ofEnds : []),
      ]
      const ownFields = namesIn(own).filter((name) => fields.includes(name))
      expect([...common, ...ownFields].sort(), outcome).toEqual([...fields].sort())
      expect(status?.trim() !== '', outcome).toBe(fields.includes('status'))
    }
  })

  it('names every field that many have', () => {
    expect(rowsOf('fields').flatMap(([field]) => namesIn(field))).toEqual([
      ...everything.slice(1),
      ...ofDeliveries,
      ...ofNamed,
      ...ofEnds,
    ])
  })

  it('names every code, of which outcome it is, and what it is answered', () => {
    const rows = rowsOf('codes')
    const listed = rows.flatMap(([codes, outcome]) => namesIn(codes).map((code) => `${namesIn(outcome)[0]} ${code}`))
    const all = [...kinds].flatMap(([outcome, { codes }]) => codes.map((code) => `${outcome} ${code}`))
    expect(all.length).toBeGreaterThan(20)
    expect(listed.sort()).toEqual(all.sort())
    const answers: Record<string, { status: number }> = {
      ...rejections,
      ...failures,
      key_unavailable: failures.secret_unavailable,
    }
    for (const [codes, outcome, status = ''] of rows) {
      for (const code of namesIn(codes)) {
        const expected = answers[code]?.status ?? (namesIn(outcome)[0] === 'rejected' ? 401 : undefined)
        expect(Number.parseInt(status, 10) || undefined, code).toBe(expected)
      }
    }
  })
})

const bytes = (text: string) => new TextEncoder().encode(text).length
const account = () => ({ account: 'acct_1', secret })
const facts = { scheme: 'standard-webhooks', endpoint: 'shop', account: 'acct_1', durationMs: expect.any(Number) }
const event = {
  ...facts,
  key: 'standard-webhooks/shop/acct_1/msg_1',
  id: 'msg_1',
  type: 'paid',
  bodyBytes: bytes('{"type":"paid"}'),
}
const verified = { outcome: 'verified', ...event, secretIndex: 0 }

/** What is observed of an event of one type and one id. */
async function observed(options: object, handler?: (event: never, context: never) => unknown, deliveries = 1, type = 'paid') {
  const { send, seen } = receiver({ endpoint: 'shop', secret: account, ...options }, handler)
  for (let left = deliveries; left > 0; left--) await send({ type }, { id: 'msg_1' })
  return seen
}

describe('what is observed of a delivery', () => {
  it('that is executed', async () => {
    expect(await observed({}, (_, { reply }: { reply(reply: object): unknown }) => reply({ status: 201, body: 'é' }))).toEqual([
      verified,
      { outcome: 'executed', ...event, attempt: 1, status: 201, answerBytes: 2 },
    ])
  })

  it('that is a duplicate', async () => {
    const reply = (_: never, context: { reply(reply: object): unknown }) => context.reply({ status: 202, body: 'made' })
    expect((await observed({ store: store() }, reply, 2)).slice(2)).toEqual([
      verified,
      { outcome: 'duplicate', ...event, status: 202, answerBytes: 4 },
    ])
  })

  it('that is in progress elsewhere, and one that is fenced', async () => {
    const taken = { ...store(), claim: async () => ({ status: 'in_progress', retryAfterMs: 2000 }) }
    expect(await observed({ store: taken })).toEqual([
      verified,
      { outcome: 'in-progress', ...event, retryAfterSeconds: 2, status: 503, answerBytes: 0 },
    ])
    const lost = { ...store(), complete: async () => false }
    expect(await observed({ store: lost })).toEqual([verified, { outcome: 'fenced', ...event, status: 500, answerBytes: 0 }])
  })

  it('that is put in an inbox, and then worked on', async () => {
    const put = vi.fn(async () => 'accepted' as const)
    const { send, seen, hook } = receiver({ endpoint: 'shop', secret: account, inbox: { put } })
    await send({ type: 'paid' }, { id: 'msg_1' })
    const [message] = put.mock.calls[0] as never as [never]
    await hook.work(message, { attempt: 3 })
    expect(seen).toEqual([
      verified,
      { outcome: 'enqueued', ...event, put: 'accepted', status: 200, answerBytes: 0 },
      { outcome: 'executed', ...event, attempt: 3, status: 200, answerBytes: 0 },
    ])
  })

  it('that is ignored, without a key', async () => {
    const seen = await observed({ types: ['paid'] }, undefined, 1, 'refunded')
    const other = { ...event, key: undefined, type: 'refunded', bodyBytes: bytes('{"type":"refunded"}') }
    expect(seen).toEqual([
      { ...verified, ...other },
      { outcome: 'ignored', ...other, status: 200, answerBytes: 0 },
    ])
  })

  it('that fails, in the handler or before it', async () => {
    const error = new Error('no')
    expect(await observed({}, () => Promise.reject(error))).toEqual([
      verified,
      { outcome: 'failed', ...event, code: 'handler_failed', error, status: 500, answerBytes: 0 },
    ])
    const declined = await observed({}, (_, { reply }: { reply(reply: object): unknown }) => reply({ status: 422, body: 'why' }))
    expect(declined.at(-1)).toMatchObject({ code: 'handler_failed', status: 422, answerBytes: 3 })
    expect(await observed({ key: () => '' })).toEqual([
      { ...verified, key: undefined },
      {
        outcome: 'failed',
        ...event,
        key: undefined,
        code: 'payload_invalid',
        error: expect.any(Error),
        status: 500,
        answerBytes: 0,
      },
    ])
    expect(await observed({ secret: () => Promise.reject(error) })).toEqual([
      {
        outcome: 'failed',
        ...facts,
        account: undefined,
        bodyBytes: event.bodyBytes,
        code: 'secret_unavailable',
        error: expect.objectContaining({ cause: error }),
        status: 503,
        answerBytes: 0,
      },
    ])
  })

  it('that is rejected: the account it claims to be for and the size, and nothing else of what it says', async () => {
    const { hook, seen } = receiver({ endpoint: 'shop', secret: account, maxBodyBytes: 20 })
    const { headers } = await signedRequest(standardWebhooks, { url, secret, body: '{"type":"paid"}', id: 'msg_1' })
    const post = (body: string) => hook(new Request(url, { method: 'POST', headers, body }))
    const rejected = { outcome: 'rejected', ...facts, hint: expect.any(String), answerBytes: 0 }
    await post('{"type":"PAID"}')
    await post('x'.repeat(21))
    expect(seen).toEqual([
      { ...rejected, code: 'signature_mismatch', status: 401, bodyBytes: 15 },
      { ...rejected, account: undefined, code: 'body_too_large', status: 413 },
    ])
  })

  it('that is a handshake', async () => {
    const { send, seen } = receiver({ scheme: slack, endpoint: 'shop', secret: account })
    const body = '{"type":"url_verification","challenge":"abc"}'
    await send(body)
    const known = { ...facts, scheme: 'slack', bodyBytes: bytes(body) }
    expect(seen).toEqual([
      { outcome: 'verified', ...known, secretIndex: 0 },
      { outcome: 'handshake', ...known, status: 200, answerBytes: 3 },
    ])
  })
})

describe('an observer', () => {
  it('hears that the signature holds before the handler runs, and is told the time of it', async () => {
    const order: string[] = []
    const durations: number[] = []
    const observe = ({ outcome, durationMs }: Observation & { durationMs: number }) => {
      order.push(outcome)
      durations.push(durationMs)
    }
    const now = vi.spyOn(performance, 'now')
    for (const time of [1000, 1002, 1010]) now.mockReturnValueOnce(time)
    const { send } = receiver({ scheme: github, observe }, () => void order.push('the handler'))
    await send()
    now.mockRestore()
    expect(order).toEqual(['verified', 'the handler', 'executed'])
    expect(durations).toEqual([2, 10])
  })

  it('is not needed: nothing is timed for nobody', async () => {
    const now = vi.spyOn(performance, 'now')
    const { send, hook } = receiver({ observe: undefined, explain: true }, (event: { type: string }) => {
      if (event.type === 'broken') throw new Error('no')
    })
    now.mockClear()
    expect((await send()).status).toBe(200)
    expect((await send({ type: 'broken' })).status).toBe(500)
    expect((await hook(new Request(url, { method: 'POST', body: '{}' }))).status).toBe(401)
    expect(now).not.toHaveBeenCalled()
    now.mockRestore()
    expect((await receiver({ scheme: github, secret: 'short', observe: undefined }).send({}, { secret: 'short' })).status).toBe(
      200,
    )
  })
})
