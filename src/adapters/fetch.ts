import { expectOption } from '../core/options'
import { isPromised } from '../core/promised'
import type { Answered } from '../idempotent/answer'
import type { IdempotentFetch } from '../idempotent/mounted'
import type { Webhook } from '../receiver/webhook'
import { readFetchBody } from './fetch-body'
import { behindOf, paramsOf, waitUntilOf } from './fetch-context'
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

async function incomingOf(request: Request, context: unknown, execution: unknown) {
  const behind = behindOf(request, context)
  const isRequest = behind !== undefined || typeof (request as Partial<Request> | undefined)?.headers?.get === 'function'
  expectOption(isRequest, 'request', "a fetch Request, such as Hono's context.req.raw; Express and Node have adapters", request)
  const params = paramsOf(context)
  return {
    method: request.method,
    url: () => request.url,
    headers: behind && !behind.hasHeaders ? headerPairs(behind.incoming) : request.headers,
    params: isPromised(params) ? await params : params,
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

/** Makes a receiver for fetch-style handlers: `const hook = webhook(options, handler); export { hook as GET, hook as POST }`. */
export const webhook: Webhook<unknown, FetchHandler> = /* @__PURE__ */ mount((receive) => {
  const handle: FetchHandler = async (request, context, execution) =>
    toResponse(await receive(await incomingOf(request, context, execution)))
  return handle
})

/** Makes a handler for fetch-style routes: `export const POST = idempotent(options, handler)`. */
export const idempotent: IdempotentFetch = /* @__PURE__ */ mountIdempotent(
  (answerTo): FetchHandler =>
    async (request, context, execution) =>
      toResponse(await answerTo(await incomingOf(request, context, execution))),
)
