import type { IncomingRequest, Reading, Soon } from '../receiver/request'
import { headerPairs, isStream, type NodeRequest, urlOf } from './incoming'
import { keptBody } from './kept-body'
import { readNodeBody } from './node-body'

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

/** A request of Fastify, as a receiver takes it. */
export const incomingOf = (request: FastifyRequest): IncomingRequest => ({
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
