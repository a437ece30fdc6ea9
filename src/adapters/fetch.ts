import { expectOption } from '../core/options'
import { isPromised } from '../core/promised'
import type { Answered } from '../idempotent/answer'
import type { IdempotentFetch } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { readFetchBody } from './fetch-body'
import { behindOf, type Params, paramsOf, waitUntilOf } from './fetch-context'
import { headerPairs } from './incoming'
import { mount, mountIdempotent } from './mount'
import { readNodeBody } from './node-body'
import { bytesOf } from './outgoing'

/**
 * A handler as Hono, Next.js, Bun, Deno and Workers take it; what comes beside the request is `context` to `secret`.
 *
 * Whichever of the two has `waitUntil` is told of what goes on after the answer; so is Hono's `executionCtx`.
 */
export type FetchHandler = (request: Request, context?: unknown, execution?: unknown) => Promise<Response>

function incomingOf(request: Request, context: unknown, execution: unknown, params: Params) {
  const behind = behindOf(request, context)
  const isRequest = behind !== undefined || typeof (request as Partial<Request> | undefined)?.headers?.get === 'function'
  expectOption(isRequest, 'request', "a fetch Request, such as Hono's context.req.raw; Express and Node have adapters", request)
  return {
    method: request.method,
    url: () => request.url,
    headers: behind && !behind.hasHeaders ? headerPairs(behind.incoming) : request.headers,
    params,
    context,
    waitUntil: waitUntilOf(context, execution),
    readBody: (limit: number, seconds: number) =>
      behind ? readNodeBody(behind.incoming, limit, seconds) : readFetchBody(request, limit, seconds),
  }
}

function toResponse(answer: Answered): Response {
  const { status, headers, cookies = [] } = answer
  const response = new Response((bytesOf(answer) as Uint8Array<ArrayBuffer> | undefined) ?? null, { status, headers })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Answers a request with what a receiver answers, or an idempotent handler. */
const answering =
  (answerTo: (incoming: ReturnType<typeof incomingOf>) => Promise<Answered>): FetchHandler =>
  async (request, context, execution) => {
    const params = paramsOf(context)
    const incoming = incomingOf(request, context, execution, isPromised(params) ? await params : params)
    return toResponse(await answerTo(incoming))
  }

/** Makes a receiver for fetch-style handlers: `const hook = webhook(options, handler); export { hook as GET, hook as POST }`. */
export const webhook: Webhook<unknown, FetchHandler> = /* @__PURE__ */ mount(answering)

/** Makes a handler for fetch-style routes: `export const POST = idempotent(options, handler)`. */
export const idempotent: IdempotentFetch = /* @__PURE__ */ mountIdempotent(answering)
