import { decode } from '../core/encoding'
import type { Idempotent } from '../idempotent/mounted'
import { tooLarge } from '../receiver/request'
import type { Webhook } from '../receiver/webhook'
import { type LambdaEvent, urlOf } from './lambda-event'
import { type LambdaResult, toResult } from './lambda-result'
import { mount, mountIdempotent } from './mount'

export type { LambdaEvent } from './lambda-event'
export type { LambdaResult } from './lambda-result'

/** A handler for Lambda. */
export type LambdaHandler = (event: LambdaEvent) => Promise<LambdaResult>

function incomingOf(event: LambdaEvent) {
  const { body, isBase64Encoded, pathParameters, httpMethod, requestContext } = event
  const headers = event.multiValueHeaders ?? event.headers ?? {}
  return {
    method: httpMethod ?? requestContext?.http?.method ?? '',
    url: () => urlOf(event, headers),
    headers,
    params: (pathParameters ?? {}) as Record<string, string>,
    context: event,
    readBody: async (limit: number) => {
      const bytes = decode(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
      if (!bytes) return { code: 'body_incomplete', hint: 'The body of the event is not the base64 that it says it is.' } as const
      return bytes.length > limit ? tooLarge(limit) : bytes
    },
  }
}

/** Makes a receiver for AWS Lambda: `export const handler = webhook(options, handle)`. */
export const webhook: Webhook<unknown, LambdaHandler> = /* @__PURE__ */ mount((receive) => {
  const handle: LambdaHandler = async (event) => toResult(event, await receive(incomingOf(event)))
  return handle
})

/** Makes a handler for AWS Lambda: `export const handler = idempotent(options, handle)`. */
export const idempotent: Idempotent<LambdaEvent, [], Promise<LambdaResult>> = /* @__PURE__ */ mountIdempotent(
  (answerTo) => async (event: LambdaEvent) => toResult(event, await answerTo(incomingOf(event))),
)
