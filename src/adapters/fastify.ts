import { expectOption } from '../core/options'
import type { Answered } from '../idempotent/answer'
import type { Idempotent } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { type FastifyRequest, incomingOf } from './fastify-request'
import { mount, mountIdempotent } from './mount'
import { bytesOf, headersOf } from './outgoing'

export type { FastifyRequest }

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
