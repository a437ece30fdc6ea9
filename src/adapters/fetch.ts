import { concat } from '../core/bytes'
import { after } from '../idempotency/timers'
import type { Answered } from '../idempotent/answer'
import type { IdempotentFetch } from '../idempotent/mounted'
import { cutOff, late, type NoBody, tooLarge } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import { bytesOf } from './incoming'
import { mount, mountIdempotent } from './mount'

/** A handler as Hono, Next.js, Bun, Deno and Workers take it; what comes beside the request is `context` to `secret`. */
export type FetchHandler = (request: Request, context?: unknown) => Promise<Response>

async function readBody(request: Request, limit: number, seconds: number): Promise<Uint8Array | NoBody> {
  if (request.bodyUsed || request.body?.locked) {
    return {
      code: 'body_consumed',
      hint: 'Something has read the body before, such as request.json(). Hand over the request unread, or a clone of it.',
    }
  }
  const reader = request.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  let isLate = false
  const callOff = after(seconds * 1000, () => {
    isLate = true
    // Ends the read that waits, too.
    reader?.cancel().catch(() => undefined)
  })
  try {
    while (reader) {
      const { done, value } = await reader.read()
      if (done || isLate) break
      length += value.length
      if (length > limit) {
        reader.cancel().catch(() => undefined)
        return tooLarge(limit)
      }
      parts.push(value)
    }
  } catch {
    return cutOff
  } finally {
    callOff()
  }
  return isLate ? late(seconds) : concat(parts)
}

const incomingOf = (request: Request, context: unknown) => ({
  method: request.method,
  url: () => request.url,
  headers: request.headers,
  params: paramsOf(context),
  context,
  readBody: (limit: number, seconds: number) => readBody(request, limit, seconds),
})

function toResponse(answer: Answered): Response {
  const { status, headers, cookies = [] } = answer
  const response = new Response((bytesOf(answer) as Uint8Array<ArrayBuffer> | undefined) ?? null, { status, headers })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Makes a receiver for fetch-style handlers: `const hook = webhook(options, handler); export { hook as GET, hook as POST }`. */
export const webhook: Webhook<unknown, FetchHandler> = /* @__PURE__ */ mount((receive) => {
  const handle: FetchHandler = async (request, context) => toResponse(await receive(incomingOf(request, context)))
  return handle
})

/** Makes a handler for fetch-style routes: `export const POST = idempotent(options, handler)`. */
export const idempotent: IdempotentFetch = /* @__PURE__ */ mountIdempotent(
  (answerTo) => async (request: Request, context?: unknown) => toResponse(await answerTo(incomingOf(request, context))),
)

/** The route's parameters, where the platform gives them as Next.js and Deno do. */
function paramsOf(context: unknown): Record<string, string> {
  const params = typeof context === 'object' && context !== null && 'params' in context ? context.params : undefined
  return typeof params === 'object' && params !== null && !(params instanceof Promise) ? (params as Record<string, string>) : {}
}
