import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, type NodeResponse, urlOf, writeAnswer } from './incoming'
import { mount } from './mount'
import { readNodeBody } from './node-body'

/** What we call of an Express request, of version 4 or 5. */
export interface ExpressRequest extends NodeRequest {
  readonly originalUrl?: string
  readonly protocol?: string
  readonly params?: unknown
}

/** A handler for `app.all`; it answers every request itself and never calls `next`. */
export type ExpressHandler = (request: ExpressRequest, response: NodeResponse) => void

/** Makes a receiver for Express: `app.all('/hooks', webhook(options, handler))`, before or after body parsers that keep `rawBody`. */
export const webhook: Webhook<unknown, ExpressHandler> = mount((receive) => {
  const handle: ExpressHandler = async (request, response) => {
    const answer = await receive({
      method: request.method ?? '',
      // Express knows the protocol behind a trusted proxy.
      url: () => urlOf(request, request.originalUrl).replace(/^https?/, request.protocol ?? '$&'),
      headers: headerPairs(request),
      params: (request.params ?? {}) as Record<string, string>,
      readBody: (limit) => readNodeBody(request, limit),
    })
    writeAnswer(response, answer)
  }
  return handle
})
