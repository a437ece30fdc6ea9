import type { Idempotent } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, type NodeResponse, urlOf, writeAnswer } from './incoming'
import { mount, mountIdempotent } from './mount'
import { keptBody, readNodeBody } from './node-body'

/** What we call of a Koa context. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res: NodeResponse
  readonly protocol?: string
  readonly originalUrl?: string
  /** Where a router keeps the parameters of the route. */
  readonly params?: unknown
  /** Where body parsers keep what they have read. */
  readonly request?: { readonly body?: unknown; readonly rawBody?: unknown }
  /** Whether Koa answers by itself. */
  respond?: boolean | undefined
}

/** A middleware that answers every request itself and never calls `next`. */
export type KoaMiddleware = (context: KoaContext) => Promise<void>

const incomingOf = ({ req, request = {}, protocol, originalUrl, params }: KoaContext) => ({
  method: req.method ?? '',
  // Koa knows the protocol behind a trusted proxy.
  url: () => urlOf(req, originalUrl).replace(/^https?/, protocol ?? '$&'),
  headers: headerPairs(req),
  params: (params ?? {}) as Record<string, string>,
  readBody: async (limit: number) => (req.readableDidRead ? keptBody(request, limit) : readNodeBody(req, limit)),
})

const parsedOf = ({ req, request = {} }: KoaContext) => (req.readableDidRead ? { ...request } : {})

/** Makes a receiver for Koa: `router.all('/hooks', webhook(options, handler))`, before body parsers. */
export const webhook: Webhook<unknown, KoaMiddleware> = /* @__PURE__ */ mount((receive) => {
  const middleware: KoaMiddleware = async (context) => {
    context.respond = false
    writeAnswer(context.res, await receive(incomingOf(context)))
  }
  return middleware
})

/** Makes a middleware for Koa: `router.post('/payments', idempotent(options, handler))`, before or after body parsers. */
export const idempotent: Idempotent<KoaContext, [], Promise<void>> = /* @__PURE__ */ mountIdempotent((answerTo) => {
  const middleware: KoaMiddleware = async (context) => {
    context.respond = false
    writeAnswer(context.res, await answerTo({ ...incomingOf(context), parsed: parsedOf(context), context }))
  }
  return middleware
})
