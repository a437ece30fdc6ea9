import type { Idempotent } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, urlOf } from './incoming'
import { mount, mountIdempotent } from './mount'
import { readNodeBody } from './node-body'
import { type NodeResponse, writeAnswer } from './outgoing'

/** What we call of an Express request, of version 4 or 5. */
export interface ExpressRequest extends NodeRequest {
  readonly protocol?: string
  readonly params?: unknown
}

/** A handler for `app.all`; it answers every request itself and never calls `next`. */
export type ExpressHandler = (request: ExpressRequest, response: NodeResponse) => void

const incomingOf = (request: ExpressRequest) => ({
  method: request.method ?? '',
  // Express knows the protocol behind a trusted proxy.
  url: () => urlOf(request).replace(/^https?/, request.protocol ?? '$&'),
  headers: headerPairs(request),
  params: (request.params ?? {}) as Record<string, string>,
  readBody: (limit: number, seconds: number) => readNodeBody(request, limit, seconds),
})

/** Makes a receiver for Express: `app.all('/hooks', webhook(options, handler))`, before or after body parsers that keep `rawBody`. */
export const webhook: Webhook<unknown, ExpressHandler> = /* @__PURE__ */ mount((receive) => {
  const handle: ExpressHandler = async (request, response) => writeAnswer(response, await receive(incomingOf(request)))
  return handle
})

/** Makes a handler for Express: `app.post('/payments', idempotent(options, handler))`, before or after body parsers. */
export const idempotent: Idempotent<ExpressRequest, [response: NodeResponse], void> = /* @__PURE__ */ mountIdempotent(
  (answerTo) => {
    const handle: ExpressHandler = async (request, response) =>
      writeAnswer(response, await answerTo({ ...incomingOf(request), parsed: request, context: request }))
    return handle
  },
)
