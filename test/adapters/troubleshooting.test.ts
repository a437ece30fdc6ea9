import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { defineScheme, generateSecret, type Observation, sign, type WebhookOptions } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { github, standardWebhooks, stripe } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import createExpress from 'express'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { root } from '../../tools/entries'
import { listen } from './mounts'

const document = readFileSync(`${root}docs/troubleshooting.md`, 'utf8')
const secret = generateSecret()
const body = '{"id":"evt_1","type":"paid"}'
const database = new PGlite()
afterAll(() => database.close())

/** What the document says under a heading. */
const sectionOf = (heading: string) => document.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? ''

interface Seen {
  readonly status: number
  readonly observed: readonly Observation[]
}

async function ask(
  options: object = {},
  more: RequestInit = {},
  scheme = standardWebhooks,
  handler: () => unknown = () => undefined,
): Promise<Seen> {
  const observed: Observation[] = []
  const all = { scheme: standardWebhooks, secret, observe: (observation: Observation) => observed.push(observation), ...options }
  const hook = webhook(all as never, handler)
  const signed = typeof more.body === 'string' ? more.body : body
  const headers = { 'content-type': 'application/json', ...(await sign(scheme, { secret, body: signed })) }
  const { status } = await hook(new Request('https://shop.example/hooks', { method: 'POST', headers, body, ...more }))
  return { status, observed }
}

async function askExpress(
  mount: (hook: ReturnType<typeof express>) => ReturnType<typeof createExpress>,
  path = '/hooks',
): Promise<Seen> {
  const observed: Observation[] = []
  const hook = express(
    { scheme: standardWebhooks, secret, observe: (observation) => observed.push(observation) },
    () => undefined,
  )
  const { url, close } = await listen(mount(hook))
  const headers = { 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, body })) }
  const { status } = await fetch(new URL(path, url), { method: 'POST', headers, body })
  await close()
  return { status, observed }
}

/** Every mistake that is answered: how it is made. Its status, code and hint must stand in the document as they are. */
const answered: Record<string, () => Promise<Seen>> = {
  '500, `body_consumed`': () => askExpress((hook) => createExpress().use(createExpress.json()).all('/hooks', hook)),
  '401, `signature_mismatch`': () => ask({ secret: generateSecret() }),
  '401, `missing_header`': () => ask({}, {}, github),
  '401, `timestamp_too_old`': () => ask({ now: () => new Date(Date.now() + 3_600_000) }),
  '401, `body_incomplete`': () => ask({ bodySeconds: 0.01 }, { body: new ReadableStream(), duplex: 'half' } as RequestInit),
  '404, and nothing observed': () => askExpress((hook) => createExpress().all('/webhooks', hook)),
  '405, `method_not_allowed`': () => ask({}, { method: 'GET', body: null }),
  '413, `body_too_large`': () => ask({ maxBodyBytes: 10 }),
  '415, `content_encoding`': async () => ask({}, { headers: { 'content-encoding': 'gzip' } }),
  '500, `handler_failed`': () => ask({}, {}, standardWebhooks, () => Promise.reject(new Error('no'))),
  '500, `payload_invalid`': () => ask({ scheme: stripe }, { body: '{}' }, stripe),
  '503, `store_unavailable`': () => ask({ store: postgresStore(database) }),
  '503, `secret_unavailable`': () => ask({ secret: () => Promise.reject(new Error('no')) }),
}

/** Every mistake that is told where it is made. */
const thrown: Record<string, () => unknown> = {
  'The secret is undefined': () => webhook({ scheme: standardWebhooks, secret: process.env.FORGOTTEN as never }, () => undefined),
  'The scheme is undefined': () => webhook({ scheme: undefined as never, secret }, () => undefined),
  'An option is misspelt': () =>
    webhook({ scheme: standardWebhooks, secret, Store: memoryStore() } as WebhookOptions, () => undefined),
  'The adapter of another framework': () =>
    webhook({ scheme: standardWebhooks, secret }, () => undefined)({ headers: {} } as never),
  'The handler is forgotten': () => webhook({ scheme: standardWebhooks, secret }, undefined as never),
  'Fastify has no path': () => fastify({ scheme: standardWebhooks, secret } as never, () => undefined),
  'A store for a scheme that signs no id': () =>
    webhook(
      { scheme: defineScheme({ name: 'acme', signature: { header: 'x-signature' } }), secret, store: memoryStore() },
      () => undefined,
    ),
}

/** The numbers are the reader's own. */
const anyNumber = (text: string) => text.replace(/\(\d+(\.\d+)?\)/g, '(…)').replace(/off by \d+ s/, 'off by … s')

describe('the document says what is seen', () => {
  it.each(Object.entries(answered))('%s', async (heading, make) => {
    const { status, observed } = await make()
    expect(heading).toMatch(new RegExp(`^${status}`))
    const last = observed.at(-1)
    const section = sectionOf(heading)
    expect(section, `docs/troubleshooting.md has no "## ${heading}"`).not.toBe('')
    if (last && 'code' in last) expect(heading).toBe(`${status}, \`${last.code}\``)
    if (last && 'hint' in last) expect(section).toContain(anyNumber(last.hint))
    const quoted = /^> (.*)$/m.exec(section)?.[1]
    if (last && 'error' in last && quoted) expect(String(last.error)).toContain(quoted)
  })

  it.each(Object.entries(thrown))('%s', async (heading, make) => {
    let message = ''
    try {
      await make()
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).not.toBe('')
    expect(sectionOf(heading)).toContain(message)
  })

  it('The handler runs twice for one event', async () => {
    const handler = vi.fn()
    const warnings: Observation[] = []
    const observe = (observation: Observation) => warnings.push(observation)
    const headers = await sign(standardWebhooks, { secret, body })
    const deliver = (hook: (request: Request) => Promise<Response>) =>
      hook(new Request('https://a.example', { method: 'POST', headers, body }))
    const forgetful = webhook({ scheme: standardWebhooks, secret }, handler)
    for (const _ of [1, 2]) await deliver(forgetful)
    expect(handler).toHaveBeenCalledTimes(2)
    const remembering = webhook({ scheme: standardWebhooks, secret, store: memoryStore(), observe }, handler)
    for (const _ of [1, 2]) await deliver(remembering)
    expect(handler).toHaveBeenCalledTimes(3)
    expect(warnings.at(-1)).toMatchObject({ outcome: 'duplicate' })
    expect(sectionOf('The handler runs twice for one event')).toContain("`outcome: 'duplicate'`")
  })

  it('The event is done, and its work is not', async () => {
    let end = () => {}
    const handler = () => {
      new Promise<void>((resolve) => {
        end = resolve
      })
    }
    const { status, observed } = await ask({}, {}, standardWebhooks, handler)
    expect([status, observed.at(-1)?.outcome]).toEqual([200, 'executed'])
    end()
    expect(sectionOf('The event is done, and its work is not')).toContain('the answer is 200 before the work is done')
  })

  it('and of nothing else', () => {
    const headings = [...document.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
    const told = ['The handler runs twice for one event', 'The event is done, and its work is not']
    expect(headings).toEqual([...Object.keys(answered), ...Object.keys(thrown), ...told])
  })
})
