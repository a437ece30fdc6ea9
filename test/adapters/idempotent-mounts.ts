import type { AddressInfo } from 'node:net'
import { idempotent as express } from 'countersign/express'
import { idempotent as fastify } from 'countersign/fastify'
import { idempotent as fetchStyle } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { idempotent as koa } from 'countersign/koa'
import { idempotent as lambda } from 'countersign/lambda'
import { idempotent as node } from 'countersign/node'
import createExpress, { type Express } from 'express'
import createFastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import Koa from 'koa'
import type { IdempotentObservation } from '../../src/idempotent/observe'
import type { IdempotentContext, IdempotentHandler, IdempotentOptions } from '../../src/idempotent/options'
import { bridge, closeFastify, gateway, listen } from './mounts'

/** Whatever is given there, `scope` is always a function of these. */
export type Options = Partial<Omit<IdempotentOptions<never, never>, 'store' | 'transaction' | 'scope'>> & {
  readonly store?: unknown
  readonly transaction?: true
  readonly scope?: unknown
}
export type Handler = (request: Request, context: IdempotentContext<never, never>) => unknown

/** An API behind a real socket. */
export interface Api {
  readonly url: string
  readonly seen: readonly (IdempotentObservation & Record<string, unknown>)[]
  close(): Promise<void>
}

type Serve = (options: never, handler: never) => Promise<{ url: string; close(): Promise<void> }>

export const serveExpress = (app: Express) => listen(app.disable('x-powered-by'))

export async function serveFastify(app: FastifyInstance) {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/payments`, close: () => closeFastify(app as never) }
}

/** Every adapter, and those with a body parser mounted before. */
export const adapters: Record<string, Serve> = {
  express: (options, handler) => serveExpress(createExpress().all('/:resource', express(options, handler))),
  'express after express.json()': (options, handler) =>
    serveExpress(createExpress().use(createExpress.json()).all('/:resource', express(options, handler))),
  fastify: (options, handler) => {
    const app = createFastify()
    // What stands in for the identity that an authentication hook finds.
    app.decorateRequest('user', '').addHook('onRequest', async (request: FastifyRequest & { user?: string }) => {
      request.user = 'fastify'
    })
    app.all('/:resource', fastify(options, handler))
    return serveFastify(app)
  },
  fetch: (options, handler) => listen(bridge(fetchStyle(options, handler))),
  koa: (options, handler) => listen(Object.assign(new Koa(), { silent: true }).use(koa(options, handler)).callback()),
  node: (options, handler) => listen(node(options, handler)),
  lambda: (options, handler) => listen(gateway(lambda(options, handler))),
}

/** The observer’s list and what is needed for every `idempotent`, where the test says nothing else. */
export function defaults(options: Options = {}) {
  const seen: Api['seen'][number][] = []
  const scope = (request: Request) => request.headers.get('x-caller') ?? 'alice'
  const observe = (observation: IdempotentObservation) => seen.push(observation as never)
  return { seen, options: { store: memoryStore(), scope, observe, ...options } as never }
}

/** Serves an API behind an adapter. */
export async function serve(adapter: string, options: Options, handler: Handler): Promise<Api> {
  const given = defaults(options)
  const { url, close } = await (adapters[adapter] as Serve)(given.options, handler as IdempotentHandler<never> as never)
  return { url: new URL('/payments', url).href, seen: given.seen, close }
}

export interface Sent {
  readonly key?: string | undefined
  readonly method?: string
  readonly body?: string | Uint8Array | undefined
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

/** Sends a request and tells all that the caller sees, less what a server says of itself. */
export async function send(url: string, { key, method = 'POST', body = '{"amount":5}', headers = {}, signal }: Sent = {}) {
  const sent = {
    ...(key !== undefined && { 'idempotency-key': key }),
    ...(method !== 'GET' && { 'content-type': 'application/json' }),
    ...headers,
  }
  const init = { method, headers: sent, redirect: 'manual', ...(signal && { signal }) } as const
  const response = await fetch(url, method === 'GET' || method === 'HEAD' ? init : { ...init, body: body as string })
  const shown = Object.fromEntries(response.headers)
  for (const name of ['date', 'connection', 'keep-alive']) delete shown[name]
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: shown, bytes, text: new TextDecoder().decode(bytes) }
}
