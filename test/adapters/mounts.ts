import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import connect from 'connect'
import type { Observation, WebhookOptions } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetchStyle } from 'countersign/fetch'
import { webhook as koa } from 'countersign/koa'
import { type LambdaEvent, type LambdaHandler, webhook as lambda } from 'countersign/lambda'
import { webhook as node } from 'countersign/node'
import createExpress from 'express'
import createExpress4 from 'express4'
import createFastify from 'fastify'
import createFastify4 from 'fastify4'
import { Hono, type MiddlewareHandler } from 'hono'
import Koa from 'koa'

export type AnyHandler = (event: never, context: never) => unknown

/** A receiver behind a real socket. */
export interface Mounted {
  readonly url: string
  readonly seen: readonly Observation[]
  close(): Promise<void>
}

type Listen = (options: WebhookOptions, handler: never) => Promise<{ url: string; close(): Promise<void> }>

export async function listen(listener: RequestListener): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, close }
}

/** Behind node:http, a fetch handler is given what a platform would give it. */
export function bridge(handle: (request: Request, context?: unknown) => Promise<Response>): RequestListener {
  return async (incoming, outgoing) => {
    const headers = new Headers()
    for (let at = 0; at < incoming.rawHeaders.length; at += 2)
      headers.append(incoming.rawHeaders[at] as string, incoming.rawHeaders[at + 1] as string)
    const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
    const init = { method: incoming.method, headers, body: hasBody ? incoming : null, duplex: 'half' } as never as RequestInit
    const response = await handle(new Request(`http://${incoming.headers.host}${incoming.url}`, init), {
      params: { account: 'acct_1' },
    })
    const body = new Uint8Array(await response.arrayBuffer())
    const cookies = response.headers.getSetCookie()
    outgoing.writeHead(response.status, {
      ...Object.fromEntries(response.headers),
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
      'content-length': body.length,
    })
    outgoing.end(body)
  }
}

export async function closeFastify(app: ReturnType<typeof createFastify>) {
  app.server.closeAllConnections()
  await app.close()
}

/** Lambda behind node:http: what API Gateway's second version and function URLs make of a request. */
const eventOf2 = (incoming: IncomingMessage, body: Buffer): LambdaEvent => ({
  version: '2.0',
  rawPath: incoming.url?.split('?')[0] ?? '/',
  rawQueryString: incoming.url?.split('?')[1] ?? '',
  headers: Object.fromEntries(pairsOf(incoming).map(([name]) => [name, incoming.headers[name]?.toString()])),
  requestContext: { http: { method: incoming.method ?? '' }, domainName: incoming.headers.host },
  body: body.toString('base64'),
  isBase64Encoded: true,
})

/** What API Gateway's first version makes of it; a load balancer's event is one of these, less some of it. */
const eventOf1 = (incoming: IncomingMessage, body: Buffer): LambdaEvent => {
  const isText = Buffer.from(body.toString()).equals(body)
  const lists: Record<string, string[]> = {}
  for (const [name, value] of pairsOf(incoming)) (lists[name] ??= []).push(value)
  const [path = '/', query] = (incoming.url ?? '/').split('?')
  return {
    httpMethod: incoming.method ?? '',
    path,
    headers: Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: lists,
    multiValueQueryStringParameters: query
      ? Object.fromEntries([...new URLSearchParams(query)].map(([name, value]) => [name, [value]]))
      : null,
    requestContext: { domainName: incoming.headers.host, path },
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}

function pairsOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    pairs.push([(rawHeaders[at] as string).toLowerCase(), rawHeaders[at + 1] as string])
  return pairs
}

/** What stands before a Lambda function: it takes the request whole. */
export function gateway(handle: LambdaHandler, eventOf = eventOf2): RequestListener {
  return async (incoming, outgoing) => {
    const parts: Buffer[] = []
    try {
      for await (const part of incoming) parts.push(part)
    } catch {
      return
    }
    const result = await handle(eventOf(incoming, Buffer.concat(parts)))
    const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8')
    outgoing.writeHead(result.statusCode, {
      ...result.headers,
      ...result.multiValueHeaders,
      ...(result.cookies && { 'set-cookie': result.cookies }),
      'content-length': body.length,
    })
    outgoing.end(body)
  }
}

async function listenFastify(app: ReturnType<typeof createFastify>) {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hooks`, close: () => closeFastify(app) }
}

/** Its router takes a slash at the end of a path, as Express does. */
export const lenientFastify = () => createFastify({ routerOptions: { ignoreTrailingSlash: true } })
export const lenientFastify4 = () => createFastify4({ ignoreTrailingSlash: true })

const mountFastify =
  (create: () => unknown): Listen =>
  async (options, handler) => {
    const app = create() as ReturnType<typeof createFastify>
    await app.register(fastify({ url: '/hooks', ...options } as never, handler))
    return listenFastify(app)
  }

/** Says how long an answer is, which Hono's own server does not. */
const saysLength: MiddlewareHandler = async (context, next) => {
  await next()
  const { byteLength } = await context.res.clone().arrayBuffer()
  if (context.res.status !== 204) context.res.headers.set('content-length', String(byteLength))
}

function honoApp(options: WebhookOptions, handler: never) {
  const hook = fetchStyle(options, handler)
  return new Hono({ strict: false }).use(saysLength).all('/hooks', (context) => hook(context.req.raw, context))
}

/** Every adapter; a new one is one line, and gets every case. */
export const adapters: Record<string, Listen> = {
  express: (options, handler) => listen(createExpress().disable('x-powered-by').all('/hooks', express(options, handler))),
  'express 4': (options, handler) => listen(createExpress4().disable('x-powered-by').all('/hooks', express(options, handler))),
  fastify: mountFastify(lenientFastify),
  'fastify 4': mountFastify(lenientFastify4),
  fetch: (options, handler) => listen(bridge(fetchStyle(options, handler))),
  hono: (options, handler) => {
    const { fetch } = honoApp(options, handler)
    return listen(bridge(async (request) => fetch(request)))
  },
  'hono on its own server': (options, handler) => listen(getRequestListener(honoApp(options, handler).fetch)),
  node: (options, handler) => listen(node(options, handler)),
  connect: (options, handler) => listen(connect().use('/hooks', node(options, handler))),
  koa: (options, handler) => listen(Object.assign(new Koa(), { silent: true }).use(koa(options, handler)).callback()),
  'lambda, as of version 2': (options, handler) => listen(gateway(lambda(options, handler))),
  'lambda, as of version 1': (options, handler) => listen(gateway(lambda(options, handler), eventOf1)),
}

/** Mounts a receiver behind an adapter. */
export async function mountReceiver(adapter: string, options: object, handler: AnyHandler = () => undefined): Promise<Mounted> {
  const seen: Observation[] = []
  const server = await (adapters[adapter] as Listen)(
    { observe: (observation: Observation) => seen.push(observation), ...options } as never,
    handler as never,
  )
  return { ...server, seen }
}
