import { getRequestListener } from '@hono/node-server'
import { defineScheme, generateSecret, type Inbox, type InboxMessage, type Observation } from 'countersign'
import { idempotent, webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { describe, expect, it } from 'vitest'
import { listen } from './mounts'

const secret = generateSecret()
const url = 'https://shop.example/hooks/acct_1'

function failing(): Promise<never> {
  const failed = Promise.reject(new Error('no'))
  failed.catch(() => undefined)
  return failed
}

/** A platform as Workers have one: its method refuses to be called as a function. */
class Platform {
  readonly #waited: Promise<unknown>[] = []
  waitUntil(promise: Promise<unknown>) {
    this.#waited.push(promise)
  }
  get waited() {
    return this.#waited
  }
}

/** A store whose sweep takes until it is told to end. */
function slow() {
  let end: (swept: number) => void = () => undefined
  const sweeping = new Promise<number>((resolve) => {
    end = resolve
  })
  return { store: { ...memoryStore(), sweep: () => sweeping }, end }
}

describe('the fetch adapter', () => {
  it.each<[string, unknown, object]>([
    ['parameters', { params: { account: 'acct_1' } }, { account: 'acct_1' }],
    ['parameters to come', { params: Promise.resolve({ account: 'acct_1' }) }, { account: 'acct_1' }],
    ['parameters that fail to come', { params: failing() }, {}],
    ['nothing for parameters to come', { params: Promise.resolve(null) }, {}],
    ['no parameters', { env: {} }, {}],
    ['null for parameters', { params: null }, {}],
    ['nothing', undefined, {}],
    ['null', null, {}],
  ])('hands over the platform’s context with %s', async (_, context, params) => {
    const seen: object[] = []
    const hook = webhook(
      {
        scheme: standardWebhooks,
        secret: ({ params: given, context: own }) => {
          seen.push({ params: given, context: own })
          return { account: 'a', secret }
        },
      },
      () => undefined,
    )
    const response = await hook(await signedRequest(standardWebhooks, { url, secret, body: '{}' }), context)
    expect(response.status).toBe(200)
    expect(seen).toEqual([{ params, context }])
  })
})

describe('a body that breaks off', () => {
  it.each<[string, unknown, string]>([
    ['an error of the platform', new Error('Over BODY_SIZE_LIMIT'), ' The platform says: Over BODY_SIZE_LIMIT'],
    ['anything else', 'gone', ''],
  ])('by %s is told to the observer, and to nobody else', async (_, reason, told) => {
    const seen: Observation[] = []
    const hook = webhook({ scheme: standardWebhooks, secret, observe: (observation) => seen.push(observation) }, () => undefined)
    const body = new ReadableStream({ pull: (controller) => controller.error(reason) })
    const response = await hook(new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit))
    expect([response.status, await response.text()]).toEqual([401, ''])
    expect(seen).toMatchObject([{ code: 'body_incomplete', hint: `The connection ended before the body did.${told}` }])
  })
})

describe('a body that somebody streams by hand', () => {
  const streaming = async (...chunks: unknown[]) => {
    const { headers } = await signedRequest(standardWebhooks, { url, secret, body: '{"é":1}' })
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      },
    })
    return new Request(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  }

  it.each([
    ['text', ['{"é":', '1}']],
    ['text in one piece', ['{"é":1}']],
    ['a buffer of its own', [new TextEncoder().encode('{"é":1}').buffer]],
  ])('as %s is its bytes', async (_, chunks) => {
    const hook = webhook({ scheme: standardWebhooks, secret }, () => undefined)
    expect((await hook(await streaming(...chunks))).status).toBe(200)
    const small = webhook({ scheme: standardWebhooks, secret, maxBodyBytes: 7 }, () => undefined)
    expect((await small(await streaming(...chunks))).status).toBe(413)
  })

  it('as what is neither is none', async () => {
    const hook = webhook({ scheme: standardWebhooks, secret }, () => undefined)
    expect((await hook(await streaming({ length: 1 }))).status).toBe(401)
  })
})

describe('behind Hono’s own server', () => {
  const seen: Observation[] = []
  const hook = webhook({ scheme: standardWebhooks, secret, observe: (observation) => seen.push(observation) }, () => undefined)

  /** Sends an event in pieces, through an application. */
  async function answerOf(app: Hono, body = '{"type":"paid"}', sent = body) {
    const { url: origin, close } = await listen(getRequestListener(app.fetch))
    try {
      const { headers } = await signedRequest(standardWebhooks, { url, secret, body })
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(sent))
          controller.close()
        },
      })
      const { status } = await fetch(origin, { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit)
      return [status, seen.splice(0).at(-1)]
    } finally {
      await close()
    }
  }

  it('is told the parameters of the route', async () => {
    const accounts: unknown[] = []
    const knows = webhook(
      { scheme: standardWebhooks, secret: ({ params }) => ({ account: String(params['account']), secret }) },
      ({ account }) => {
        accounts.push(account)
      },
    )
    const { fetch: send } = new Hono().all('/hooks/:account', (context) => knows(context.req.raw, context))
    expect((await send(await signedRequest(standardWebhooks, { url, secret, body: '{}' }))).status).toBe(200)
    expect(accounts).toEqual(['acct_1'])
  })

  it('reads Node’s request, and leaves the one for whose body a whole Request is made', async () => {
    let isUsed: boolean | undefined
    const app = new Hono().all('/hooks', async (context) => {
      const answer = await hook(context.req.raw, context)
      isUsed = context.req.raw.bodyUsed
      return answer
    })
    expect(await answerOf(app)).toMatchObject([200, { outcome: 'executed' }])
    expect(isUsed).toBe(false)
  })

  it('reads a body that somebody before it has begun to read', async () => {
    const app = new Hono().use(bodyLimit({ maxSize: 100 })).all('/hooks', (context) => hook(context.req.raw, context))
    expect(await answerOf(app)).toMatchObject([200, { outcome: 'executed' }])
  })

  it('reads the request that it is given, and not the one behind it', async () => {
    const app = new Hono().all('/hooks', (context) => {
      const { headers } = context.req.raw
      return hook(new Request(url, { method: 'POST', headers, body: '{"type":"paid"}' }), context)
    })
    expect(await answerOf(app, '{"type":"paid"}', 'something else')).toMatchObject([200, { outcome: 'executed' }])
  })

  it('reads the request that a middleware has put in the place of the first', async () => {
    const app = new Hono()
      .use(async (context, next) => {
        const { headers, method } = context.req.raw
        context.req.raw = new Request(context.req.url, { method, headers, body: '{"type":"paid"}' })
        await next()
      })
      .all('/hooks', (context) => hook(context.req.raw, context))
    expect(await answerOf(app, '{"type":"paid"}', 'something else')).toMatchObject([200, { outcome: 'executed' }])
  })

  it('reads the headers that came, and has none made', async () => {
    let held: unknown[] = []
    const app = new Hono().all('/hooks', async (context) => {
      const answer = await hook(context.req.raw, context)
      held = Object.getOwnPropertySymbols(context.req.raw).map((name) => Reflect.get(context.req.raw, name))
      return answer
    })
    expect(await answerOf(app)).toMatchObject([200, { outcome: 'executed' }])
    expect(held.length).toBeGreaterThan(0)
    expect(held.filter((value) => value instanceof Headers)).toEqual([])
  })

  it('reads the headers that a middleware has changed', async () => {
    const app = new Hono()
      .use((context, next) => {
        context.req.raw.headers.set('webhook-id', 'another')
        return next()
      })
      .all('/hooks', (context) => hook(context.req.raw, context))
    expect(await answerOf(app)).toMatchObject([401, { code: 'signature_mismatch' }])
  })

  it('says who has read the body before', async () => {
    const app = new Hono().all('/hooks', async (context) => {
      await context.req.text()
      return hook(context.req.raw, context)
    })
    const hint = expect.stringMatching(/^Something has read the body before/)
    expect(await answerOf(app)).toMatchObject([500, { code: 'body_consumed', hint }])
  })
})

describe('what goes on after the answer', () => {
  type Given = readonly [context?: unknown, execution?: unknown]
  const placesOf = (platform: Platform): Record<string, Given> => ({
    'the second argument': [platform],
    'the third argument, after the environment of a worker': [{ waitUntil: 'a binding' }, platform],
    'the context of Hono': [
      {
        get executionCtx() {
          return platform
        },
      },
    ],
  })

  const mounts: Record<string, (store: ReturnType<typeof memoryStore>, ...given: Given) => Promise<Response>> = {
    webhook: async (store, ...given) =>
      webhook({ scheme: standardWebhooks, secret, store }, () => undefined)(
        await signedRequest(standardWebhooks, { url, secret, body: '{}' }),
        ...given,
      ),
    idempotent: (store, ...given) =>
      idempotent({ store, scope: () => 'a' }, () => new Response('made'))(
        new Request(url, { method: 'POST', headers: { 'idempotency-key': 'k' } }),
        ...given,
      ),
  }

  describe.each(Object.entries(mounts))('%s', (_, deliver) => {
    it.each(Object.keys(placesOf(new Platform())))('is waited for by %s', async (place) => {
      const platform = new Platform()
      const { store, end } = slow()
      const response = await deliver(store, ...(placesOf(platform)[place] as Given))
      expect(response.status).toBe(200)
      expect(platform.waited).toHaveLength(1)
      let isOver = false
      const over = platform.waited[0]?.then(() => {
        isOver = true
      })
      await new Promise(setImmediate)
      expect(isOver).toBe(false)
      end(0)
      await over
    })

    it.each<[string, Given]>([
      ['nothing', []],
      ['what cannot wait', [{ env: {} }, { waitUntil: true }]],
      [
        'Hono on Node',
        [
          {
            get executionCtx(): never {
              throw new Error('This context has no ExecutionContext')
            },
          },
        ],
      ],
    ])('is left to itself with %s', async (_name, given) => {
      const { store } = slow()
      expect((await deliver(store, ...given)).status).toBe(200)
    })
  })

  it('is waited for, too, where a message of an inbox is worked on', async () => {
    const { store, end } = slow()
    const messages: InboxMessage[] = []
    const inbox: Inbox = {
      put: async (message) => {
        messages.push(message)
        return 'accepted'
      },
    }
    const hook = webhook({ scheme: standardWebhooks, secret, store, inbox }, () => undefined)
    const platform = new Platform()
    await hook(await signedRequest(standardWebhooks, { url, secret, body: '{}' }), platform)
    expect(platform.waited).toHaveLength(0)
    await hook.work(messages[0] as InboxMessage, { waitUntil: (promise) => platform.waitUntil(promise) })
    expect(platform.waited).toHaveLength(1)
    end(0)
    await platform.waited[0]
  })
})

describe('signedRequest', () => {
  it('is what the provider would send', async () => {
    const request = await signedRequest(standardWebhooks, {
      url,
      secret,
      body: '{"a":1}',
      id: 'msg_1',
      headers: [
        ['x-topic', 'a'],
        ['x-topic', 'b'],
      ],
    })
    expect([request.method, request.url, await request.text()]).toEqual(['POST', url, '{"a":1}'])
    expect(Object.fromEntries(request.headers)).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'x-topic': 'a, b',
    })
  })

  it('keeps a content type, and signs the URL and the method where the scheme does', async () => {
    const acme = defineScheme({ name: 'acme', content: ['method', 'url', 'body'], signature: { header: 'x-sig' } })
    const request = await signedRequest(acme, {
      url: new URL(url),
      method: 'PUT',
      secret,
      body: 'a=1',
      headers: { 'Content-Type': 'text/csv' },
    })
    expect([request.method, request.headers.get('content-type'), request.headers.get('x-sig')]).toEqual([
      'PUT',
      'text/csv',
      expect.any(String),
    ])
  })
})
