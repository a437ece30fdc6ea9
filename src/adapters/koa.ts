import type { Idempotent } from '../idempotent/mounted'
import { finishReading, type NoBody } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import { headerPairs, type NodeRequest, urlOf } from './incoming'
import { mount, mountIdempotent } from './mount'
import { readNodeBody } from './node-body'
import { type NodeResponse, writeAnswer } from './outgoing'

/** What we call of a Koa context. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res: NodeResponse
  /** Where body parsers leave what they read. */
  readonly request: object & { readonly body?: unknown; readonly rawBody?: unknown }
  readonly method: string
  readonly originalUrl: string
  readonly protocol: string
  /** Of a router. */
  readonly params?: unknown
}

/** Koa middleware that answers every request itself and never calls `next`. */
export type KoaMiddleware = (context: KoaContext) => Promise<void>

const hint =
  'A body parser such as koa-bodyparser has read the body, and its exact bytes are needed to verify it. Mount the receiver before it.'

/** Parsers of Koa leave what they read elsewhere. */
async function readBody({ req, request }: KoaContext, limit: number, seconds: number): Promise<Uint8Array | NoBody> {
  const { rawBody = req.rawBody, body = req.body } = request
  const read = await finishReading(readNodeBody(req, limit, seconds, { rawBody, body }))
  return 'code' in read && read.code === 'body_consumed' && request.body !== undefined ? { ...read, hint } : read
}

const incomingOf = (context: KoaContext) => ({
  method: context.method,
  // Koa knows the protocol behind a trusted proxy.
  url: () => urlOf(context.req, context.originalUrl).replace(/^https?/, context.protocol),
  headers: headerPairs(context.req),
  params: (context.params ?? {}) as Record<string, string>,
  readBody: (limit: number, seconds: number) => readBody(context, limit, seconds),
})

/** Makes a receiver for Koa: `app.use(webhook(options, handler))`, or on a route: `router.all('/hooks', webhook(options, handler))`. */
export const webhook: Webhook<unknown, KoaMiddleware> = /* @__PURE__ */ mount((receive) => {
  // Written past Koa, which would give bytes a type of its own and an empty body another status; it leaves alone what has ended.
  const middleware: KoaMiddleware = async (context) => writeAnswer(context.res, await receive(incomingOf(context)))
  return middleware
})

/** Makes middleware for Koa: `router.post('/payments', idempotent(options, handler))`, before or after body parsers. */
export const idempotent: Idempotent<KoaContext, [], Promise<void>> = /* @__PURE__ */ mountIdempotent(
  (answerTo) => async (context: KoaContext) =>
    writeAnswer(context.res, await answerTo({ ...incomingOf(context), parsed: context.request, context })),
)
