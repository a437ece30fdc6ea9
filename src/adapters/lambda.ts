import { utf8 } from '../core/bytes'
import { decode, encode } from '../core/encoding'
import type { Answered } from '../idempotent/answer'
import type { Idempotent } from '../idempotent/mounted'
import type { NoBody } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import type { LambdaEvent, LambdaResult } from './lambda-event'
import { mount, mountIdempotent } from './mount'

export type { LambdaEvent, LambdaResult }

/** A handler to export; `context` of an `idempotent` and of `secret` is the event. */
export type LambdaHandler = (event: LambdaEvent, context?: unknown) => Promise<LambdaResult>

/** As the caller asked; API Gateway 1.0 gives the query decoded, so that only its usual writing comes back. */
function urlOf({ requestContext, rawPath, rawQueryString, ...event }: LambdaEvent): string {
  const lists = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {}
  const pairs = Object.entries(lists).flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]))
  const query = rawQueryString ?? new URLSearchParams(pairs).toString()
  const host = requestContext?.domainName ?? event.headers?.['host'] ?? event.multiValueHeaders?.['host']?.[0] ?? 'localhost'
  return `https://${host}${rawPath ?? requestContext?.path ?? event.path ?? '/'}${query && `?${query}`}`
}

const incomingOf = (event: LambdaEvent) => ({
  method: event.requestContext?.http?.method ?? event.httpMethod ?? '',
  url: () => urlOf(event),
  headers: { ...event.headers, ...event.multiValueHeaders },
  params: (event.pathParameters ?? {}) as Record<string, string>,
  context: event,
  async readBody(limit: number): Promise<Uint8Array | NoBody> {
    const bytes = event.isBase64Encoded ? decode(event.body ?? '', 'base64') : utf8(event.body ?? '')
    if (!bytes) return { code: 'body_incomplete', hint: 'The event says that its body is base64, and it is not.' }
    return bytes.length > limit ? { code: 'body_too_large', hint: `The body is over \`maxBodyBytes\` (${limit}).` } : bytes
  },
})

function toResult({ status, headers, body = new Uint8Array(), cookies = [] }: Answered): LambdaResult {
  const set = { ...(cookies.length > 0 && { cookies: [...cookies], multiValueHeaders: { 'set-cookie': [...cookies] } }) }
  return { statusCode: status, headers: { ...headers }, ...set, ...toBody(body) }
}

/** As text where it is text: API Gateway 1.0 decodes the types alone that it was told are binary. */
function toBody(bytes: Uint8Array): Pick<LambdaResult, 'body' | 'isBase64Encoded'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), isBase64Encoded: false }
  } catch {
    return { body: encode(bytes, 'base64'), isBase64Encoded: true }
  }
}

/** Makes a receiver for AWS Lambda: `export const handler = webhook(options, handler)`. */
export const webhook: Webhook<unknown, LambdaHandler> = /* @__PURE__ */ mount((receive) => {
  const handle: LambdaHandler = async (event) => toResult(await receive(incomingOf(event)))
  return handle
})

/** Makes a handler for AWS Lambda: `export const handler = idempotent(options, handler)`. */
export const idempotent: Idempotent<LambdaEvent, [context?: unknown], Promise<LambdaResult>> = /* @__PURE__ */ mountIdempotent(
  (answerTo) => async (event: LambdaEvent) => toResult(await answerTo(incomingOf(event))),
)
