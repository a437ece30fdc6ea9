// One contender in a process of its own, so that nobody else's time is counted: tsx server.ts <framework> <way> <secret>
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpBindings, serve } from '@hono/node-server'
import type { Handler } from 'countersign'
import express from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import { isGenuine, limit, readInTime, statusWithCare } from './careful'

// As it is installed, and not as tsx would make it.
const built = new URL('../../dist/', import.meta.url).href
const { webhook: onExpress } = (await import(`${built}adapters/express.js`)) as typeof import('../../src/adapters/express')
const { webhook: onFastify } = (await import(`${built}adapters/fastify.js`)) as typeof import('../../src/adapters/fastify')
const { webhook: onNode } = (await import(`${built}adapters/node.js`)) as typeof import('../../src/adapters/node')
const { webhook: onFetch } = (await import(`${built}adapters/fetch.js`)) as typeof import('../../src/adapters/fetch')
const { github } = (await import(`${built}schemes/index.js`)) as typeof import('../../src/schemes/index')

const [framework = '', way = '', secret = ''] = process.argv.slice(2)
let handled = 0

/** What every handler does with an event. */
const handle = (payload: unknown) => {
  if ((payload as { type?: string }).type === 'paid') handled++
}
const handler: Handler = ({ payload }) => handle(payload)
const options = { scheme: github, secret }

/** The status for a body, and its event to the handler. Bare frameworks believe everything. */
function statusFor(signature: string | null | undefined, body: Buffer): number {
  if (way === 'by hand' && !isGenuine(secret, signature, body)) return 401
  handle(JSON.parse(body.toString()))
  return 200
}

const header = 'x-hub-signature-256'

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    if ((length += part.length) > limit) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const isOurs = way === 'countersign'
const isCareful = way === 'with care'
const withCare = (request: IncomingMessage) => statusWithCare(secret, request.rawHeaders, () => readInTime(request), handle)

const frameworks: Record<string, () => Promise<{ port: number }>> = {
  'Express 5': async () => {
    const app = express()
    if (isOurs) app.all('/hooks', onExpress(options, handler))
    else if (isCareful) app.post('/hooks', async (request, response) => void response.status(await withCare(request)).end())
    else
      app.post('/hooks', express.raw({ type: '*/*', limit }), (request, response) => {
        response.status(statusFor(request.get(header), request.body)).end()
      })
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo))
    })
  },
  'Fastify 5': async () => {
    const app = Fastify()
    if (isOurs) await app.register(onFastify({ url: '/hooks', ...options }, handler))
    else if (isCareful) {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_, payload, done) => done(null, payload))
      app.post('/hooks', async ({ raw }, reply) => reply.code(await withCare(raw)).send())
    } else {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
      app.post('/hooks', async ({ headers, body }: FastifyRequest, reply) =>
        reply.code(statusFor(headers[header] as string, body as Buffer)).send(),
      )
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address() as AddressInfo
  },
  '`node:http`': async () => {
    const statusOf = async (request: IncomingMessage) => {
      if (isCareful) return withCare(request)
      const body = await readBody(request)
      return body ? statusFor(request.headers[header] as string, body) : 413
    }
    const byHand: RequestListener = async (request, response) =>
      response.writeHead(await statusOf(request), { 'content-length': '0' }).end()
    const server = createServer(isOurs ? onNode(options, handler) : byHand)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server.address() as AddressInfo
  },
  'Hono 4': async () => {
    const hook = onFetch(options, handler)
    const app = new Hono<{ Bindings: HttpBindings }>()
    if (isOurs) app.all('/hooks', (context) => hook(context.req.raw, context))
    else if (isCareful) app.post('/hooks', async (context) => context.body(null, (await withCare(context.env.incoming)) as 200))
    else
      app.post('/hooks', async (context) => {
        const body = Buffer.from(await context.req.arrayBuffer())
        return context.body(null, statusFor(context.req.header(header), body) as 200)
      })
    return new Promise((resolve) => serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve as never))
  },
}

const { port } = await (frameworks[framework] as () => Promise<{ port: number }>)()
process.send?.({ port })
process.on('message', () => process.send?.({ ...process.cpuUsage(), handled }))
