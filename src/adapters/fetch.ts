import { concat } from '../core/bytes'
import type { NoBody } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import { mount } from './mount'

/** A handler as Hono, Next.js, Bun, Deno and Workers take it; what comes beside the request is `context` to `secret`. */
export type FetchHandler = (request: Request, context?: unknown) => Promise<Response>

async function readBody(request: Request, limit: number): Promise<Uint8Array | NoBody> {
  if (request.bodyUsed) {
    return {
      code: 'body_consumed',
      hint: 'Something has read the body before, such as request.json(). Hand over the request unread, or a clone of it.',
    }
  }
  const reader = request.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    while (reader) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > limit) {
        reader.cancel().catch(() => undefined)
        return { code: 'body_too_large', hint: `The body is over \`maxBodyBytes\` (${limit}).` }
      }
      parts.push(value)
    }
  } catch {
    return { code: 'body_incomplete', hint: 'The connection ended before the body did.' }
  }
  return concat(parts)
}

/** Makes a receiver for fetch-style handlers: `const hook = webhook(options, handler); export { hook as GET, hook as POST }`. */
export const webhook: Webhook<unknown, FetchHandler> = mount((receive) => {
  const handle: FetchHandler = async (request, context) => {
    const { status, headers, body } = await receive({
      method: request.method,
      url: () => request.url,
      headers: request.headers,
      params: paramsOf(context),
      context,
      readBody: (limit) => readBody(request, limit),
    })
    return new Response((body as Uint8Array<ArrayBuffer> | undefined) ?? null, { status, headers })
  }
  return handle
})

/** The route's parameters, where the platform gives them as Next.js and Deno do. */
function paramsOf(context: unknown): Record<string, string> {
  const params = typeof context === 'object' && context !== null && 'params' in context ? context.params : undefined
  return typeof params === 'object' && params !== null && !(params instanceof Promise) ? (params as Record<string, string>) : {}
}
