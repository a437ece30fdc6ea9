import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Observation, WebhookOptions } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetchStyle } from 'countersign/fetch'
import { webhook as koa } from 'countersign/koa'
import { webhook as node } from 'countersign/node'
import createExpress from 'express'
import createExpress4 from 'express4'
import createFastify from 'fastify'
import createFastify4 from 'fastify4'
import { Hono } from 'hono'
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

async function serveFastify(app: ReturnType<typeof createFastify>, options: WebhookOptions, handler: never) {
  await app.register(fastify({ url: '/hooks', ...options } as never, handler))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/hooks`, close: () => closeFastify(app) }
}

export async function closeFastify(app: ReturnType<typeof createFastify>) {
  app.server.closeAllConnections()
  await app.close()
}

/** Every adapter; a new one is one line, and gets every case. */
export const adapters: Record<string, Listen> = {
  express: (options, handler) => listen(createExpress().disable('x-powered-by').all('/hooks', express(options, handler))),
  'express 4': (options, handler) => listen(createExpress4().disable('x-powered-by').all('/hooks', express(options, handler))),
  fastify: (options, handler) => serveFastify(createFastify(), options, handler),
  'fastify 4': (options, handler) => serveFastify(createFastify4() as never, options, handler),
  fetch: (options, handler) => listen(bridge(fetchStyle(options, handler))),
  hono: (options, handler) => {
    const hook = fetchStyle(options, handler)
    const app = new Hono().all('/hooks', (context) => hook(context.req.raw, context))
    return listen(bridge(async (request) => app.fetch(request)))
  },
  koa: (options, handler) => listen(new Koa().use(koa(options, handler)).callback()),
  node: (options, handler) => listen(node(options, handler)),
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
