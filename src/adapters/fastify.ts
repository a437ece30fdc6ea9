import { expectOption } from '../core/options'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, urlOf } from './incoming'
import { mount } from './mount'
import { readNodeBody } from './node-body'

/** What we call of a Fastify request. */
export interface FastifyRequest {
  readonly raw: NodeRequest
  readonly method: string
  readonly protocol?: string
  readonly originalUrl?: string
  readonly params: unknown
  readonly body?: unknown
}

/** What we call of a Fastify reply. */
export interface FastifyReply {
  code(status: number): unknown
  headers(headers: Record<string, string>): unknown
  send(body?: unknown): unknown
}

/** What we call of a Fastify instance, of version 4 or 5. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: null, body: unknown) => void) => void,
  ): unknown
  all(url: string, handler: (request: never, reply: never) => Promise<unknown>): unknown
}

/** An encapsulated plugin: its parsers touch no other route. */
// biome-ignore lint/suspicious/noExplicitAny: Fastify's instance is generic in five parameters, of which none matters here.
export type FastifyPlugin = (instance: any) => Promise<void>

/** Makes a receiver for Fastify: `await app.register(webhook({ url: '/hooks', ...options }, handler))`. */
export const webhook: Webhook<{ readonly url: string }, FastifyPlugin> = mount((receive, { url }: { readonly url: string }) => {
  expectOption(typeof url === 'string' && url !== '', 'url', 'the path of the route', url)
  const plugin = async (instance: FastifyInstance) => {
    instance.removeAllContentTypeParsers()
    // The stream, unread: hooks of the application may have put one of their own in its place.
    instance.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    instance.all(url, async (request: FastifyRequest, reply: FastifyReply) => {
      const stream = (request.body ?? request.raw) as NodeRequest
      const answer = await receive({
        method: request.method,
        url: () => urlOf(request.raw, request.originalUrl).replace(/^https?/, request.protocol ?? '$&'),
        headers: headerPairs(request.raw),
        params: request.params as Record<string, string>,
        readBody: (limit) => readNodeBody(stream, limit),
      })
      reply.code(answer.status)
      reply.headers(answer.headers)
      return reply.send(answer.body)
    })
  }
  return plugin
})
