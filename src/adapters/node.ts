import type { Idempotent } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, urlOf } from './incoming'
import { mount, mountIdempotent } from './mount'
import { readNodeBody } from './node-body'
import { type NodeResponse, writeAnswer } from './outgoing'

/** A listener for `createServer` of node:http, https and http2, and for Connect. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => void

const incomingOf = (request: NodeRequest) => ({
  method: request.method ?? '',
  url: () => urlOf(request),
  headers: headerPairs(request),
  params: {},
  readBody: (limit: number, seconds: number) => readNodeBody(request, limit, seconds),
})

/** Makes a receiver for plain Node: `http.createServer(webhook(options, handler))`. */
export const webhook: Webhook<unknown, NodeListener> = /* @__PURE__ */ mount((receive) => {
  const listener: NodeListener = async (request, response) => writeAnswer(response, await receive(incomingOf(request)))
  return listener
})

/** Makes a listener for plain Node: `http.createServer(idempotent(options, handler))`. */
export const idempotent: Idempotent<NodeRequest, [response: NodeResponse], void> = /* @__PURE__ */ mountIdempotent((answerTo) => {
  const listener: NodeListener = async (request, response) =>
    writeAnswer(response, await answerTo({ ...incomingOf(request), parsed: request, context: request }))
  return listener
})
