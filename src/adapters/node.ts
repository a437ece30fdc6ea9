import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, type NodeResponse, urlOf, writeAnswer } from './incoming'
import { mount } from './mount'
import { readNodeBody } from './node-body'

/** A listener for `http.createServer` and `https.createServer`. */
export type NodeListener = (request: NodeRequest, response: NodeResponse) => void

/** Makes a receiver for plain Node: `http.createServer(webhook(options, handler))`. */
export const webhook: Webhook<unknown, NodeListener> = mount((receive) => {
  const listener: NodeListener = async (request, response) => {
    const answer = await receive({
      method: request.method ?? '',
      url: () => urlOf(request),
      headers: headerPairs(request),
      params: {},
      readBody: (limit) => readNodeBody(request, limit),
    })
    writeAnswer(response, answer)
  }
  return listener
})
