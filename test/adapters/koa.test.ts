import { generateSecret, sign } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { idempotent, webhook } from 'countersign/koa'
import { standardWebhooks } from 'countersign/schemes'
import Koa, { type Middleware } from 'koa'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listen } from './mounts'

const secret = generateSecret()
const body = '{"id":"evt_1",  "type":"paid"}'
const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function serve(...middleware: Middleware[]) {
  const app = new Koa({ proxy: true })
  for (const one of middleware) app.use(one)
  const { url, close } = await listen(app.callback())
  open.push(close)
  return url
}

const deliver = async (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-proto': 'https',
      ...(await sign(standardWebhooks, { secret, body })),
    },
    body,
  })

/** What parsers of Koa do: they read the stream, and leave what they made of it in `request`. */
const parser =
  (keep: (text: string) => object): Middleware =>
  async (context, next) => {
    let text = ''
    for await (const part of context.req) text += part
    Object.assign(context.request, keep(text))
    await next()
  }

describe('webhook', () => {
  it('answers before whatever comes after, and lets what came before see the answer', async () => {
    const statuses: number[] = []
    const after = vi.fn()
    const watch: Middleware = async (context, next) => {
      await next()
      statuses.push(context.status)
    }
    const hook = webhook({ scheme: standardWebhooks, secret }, () => undefined)
    const url = await serve(watch, hook, after)
    expect((await deliver(url)).status).toBe(200)
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
    expect(statuses).toEqual([200, 401])
    expect(after).not.toHaveBeenCalled()
  })

  it('knows the parameters of a router, and the protocol behind a trusted proxy', async () => {
    const seen: object[] = []
    const router: Middleware = async (context, next) => {
      Object.assign(context, { params: { account: 'acct_1' } })
      await next()
    }
    const look = ({ params, url }: { params: Readonly<Record<string, string>>; url: URL }) => {
      seen.push({ ...params, protocol: url.protocol, path: url.pathname })
      return { account: params.account ?? '', secret }
    }
    const url = await serve(
      router,
      webhook({ scheme: standardWebhooks, secret: look }, () => undefined),
    )
    expect((await deliver(url)).status).toBe(200)
    expect(seen).toEqual([{ account: 'acct_1', protocol: 'https:', path: '/hooks' }])
  })

  it('takes the text that a parser has kept', async () => {
    const hook = webhook({ scheme: standardWebhooks, secret }, () => undefined)
    const url = await serve(
      parser((rawBody) => ({ rawBody, body: JSON.parse(rawBody) })),
      hook,
    )
    expect((await deliver(url)).status).toBe(200)
  })

  it('names what has read the body, where nothing was kept', async () => {
    const seen: object[] = []
    const observe = (observation: object) => seen.push(observation)
    const hook = webhook({ scheme: standardWebhooks, secret, observe }, () => undefined)
    const url = await serve(
      parser((text) => ({ body: JSON.parse(text) })),
      hook,
    )
    expect((await deliver(url)).status).toBe(500)
    expect(seen).toMatchObject([{ code: 'body_consumed', hint: expect.stringContaining('such as koa-bodyparser') }])
  })
})

describe('idempotent', () => {
  it('gives a repeated request the first answer, also after a parser', async () => {
    const handler = vi.fn(async (request: Request) => Response.json(await request.json(), { status: 201 }))
    const create = idempotent({ store: memoryStore(), scope: (_request, { originalUrl }) => originalUrl }, handler)
    const urls = [
      await serve(create),
      await serve(
        parser((text) => ({ body: JSON.parse(text) })),
        create,
      ),
    ]
    for (const url of urls) {
      const headers = { 'idempotency-key': 'k1', 'content-type': 'application/json' }
      const answer = await fetch(url, { method: 'POST', headers, body: '{"amount":5}' })
      expect([answer.status, await answer.json()]).toEqual([201, { amount: 5 }])
    }
    expect(handler).toHaveBeenCalledTimes(1)
  })
})
