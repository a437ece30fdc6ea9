import { expectOption } from '../core/options'
import type { Answered } from '../idempotent/answer'
import type { Idempotent } from '../idempotent/mounted'
import type { Reading, Soon } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, isStream, type NodeRequest, urlOf } from './incoming'
import { keptBody } from './kept-body'
import { mount, mountIdempotent } from './mount'
import { readNodeBody } from './node-body'
import { bytesOf, headersOf } from './outgoing'

/** What we call of a Fastify request. */
export interface FastifyRequest {
  readonly raw: NodeRequest
  readonly method: string
  readonly protocol?: string
  readonly originalUrl?: string
  readonly params: unknown
  readonly body?: unknown
  /** Where a plugin may keep the bytes. */
  readonly rawBody?: unknown
}

/** What we call of a Fastify reply. */
export interface FastifyReply {
  code(status: number): unknown
  headers(headers: Record<string, string | string[]>): unknown
  send(body?: unknown): unknown
}

/** What we call of a Fastify instance, of version 4 or 5. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(type: string, parser: (request: never, payload: never, done: never) => void): unknown
  all(url: string, handler: (request: never, reply: never) => unknown): unknown
}

/** An encapsulated plugin: its parsers touch no other route. */
// biome-ignore lint/suspicious/noExplicitAny: Fastify's instance is generic in five parameters, of which none matters here.
export type FastifyPlugin = (instance: any) => Promise<void>

const incomingOf = (request: FastifyRequest) => ({
  method: request.method,
  url: () => urlOf(request.raw, request.originalUrl).replace(/^https?/, request.protocol ?? '$&'),
  headers: headerPairs(request.raw),
  params: request.params as Record<string, string>,
  readBody: (limit: number, seconds: number) => readBody(request, limit, seconds),
})

/** Hooks and parsers may have put a stream of their own in the place of the first; whatever else is there was made of it. */
function readBody({ raw, body, rawBody }: FastifyRequest, limit: number, seconds: number): Reading | Soon {
  const stream = body ?? raw
  return isStream(stream) ? readNodeBody(stream, limit, seconds) : keptBody({ rawBody, body }, limit)
}

function send(reply: FastifyReply, answer: Answered): unknown {
  reply.code(answer.status)
  reply.headers(headersOf(answer))
  return reply.send(bytesOf(answer))
}

/** Makes a receiver for Fastify: `await app.register(webhook({ url: '/hooks', ...options }, handler))`. */
export const webhook: Webhook<{ readonly url: string }, FastifyPlugin> = /* @__PURE__ */ mount((receive, { url }) => {
  expectOption(typeof url === 'string' && url !== '', 'url', 'the path of the route', url)
  return async (instance: FastifyInstance) => {
    expectOption('addContentTypeParser' in instance, 'instance', "Fastify's: await app.register(webhook(…))", instance)
    instance.removeAllContentTypeParsers()
    // The stream, unread: hooks of the application may have put one of their own in its place.
    instance.addContentTypeParser('*', (_request, payload, done: (error: null, body: unknown) => void) => done(null, payload))
    instance.all(url, (request: FastifyRequest, reply: FastifyReply) => {
      // Fastify would wait for a promise once more, and for the end of the answer that it leads to.
      receive(incomingOf(request)).then((answer) => {
        try {
          send(reply, answer)
        } catch (error) {
          reply.send(error)
        }
      })
    })
  }
})

/** Makes a route handler for Fastify: `app.post('/payments', idempotent(options, handler))`. */
export const idempotent: Idempotent<FastifyRequest, [reply: FastifyReply], Promise<unknown>> = /* @__PURE__ */ mountIdempotent(
  (answerTo) => async (request: FastifyRequest, reply: FastifyReply) =>
    send(reply, await answerTo({ ...incomingOf(request), parsed: request, context: request })),
)
