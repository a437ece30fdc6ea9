import { concat } from '../core/bytes'
import type { NoBody } from '../receiver/request'
import type { Listener, NodeRequest } from './incoming'

/** The bytes of a stream that nobody has read; what is over the limit is left to flow away, so that the connection stays usable. */
function readStream(stream: NodeRequest, limit: number): Promise<Uint8Array | NoBody> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = []
    let length = 0
    const finish = (result: Uint8Array | NoBody) => {
      for (const [event, listener] of listeners) stream.off(event, listener)
      stream.on('error', () => undefined)
      stream.resume()
      resolve(result)
    }
    const cutOff = () => finish({ code: 'body_incomplete', hint: 'The connection ended before the body did.' })
    const listeners: [string, Listener][] = [
      [
        'data',
        (chunk: Uint8Array | string) => {
          if (typeof chunk === 'string')
            return finish({ code: 'body_consumed', hint: 'Something called `setEncoding` on the request: the bytes are gone.' })
          length += chunk.length
          if (length > limit) finish({ code: 'body_too_large', hint: `The body is over \`maxBodyBytes\` (${limit}).` })
          else parts.push(chunk)
        },
      ],
      ['end', () => finish(concat(parts))],
      ['error', cutOff],
      ['close', cutOff],
    ]
    for (const [event, listener] of listeners) stream.on(event, listener)
  })
}

/** Names what was there before us, and the mend. */
function consumed(body: unknown): NoBody {
  const mend =
    'Mount the receiver before it, or keep the bytes: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes } }).'
  const culprit =
    typeof body === 'string'
      ? 'A text parser such as express.text()'
      : body
        ? 'A body parser such as express.json()'
        : 'Something mounted earlier'
  return { code: 'body_consumed', hint: `${culprit} has read the body, and its exact bytes are needed to verify it. ${mend}` }
}

/** The exact bytes: of the unread stream, else `rawBody` as cloud functions keep it, else a body that is bytes. */
export async function readNodeBody(stream: NodeRequest, limit: number): Promise<Uint8Array | NoBody> {
  const { rawBody, body } = stream
  if (!stream.readableDidRead && !ArrayBuffer.isView(body)) return readStream(stream, limit)
  const kept = [rawBody, body].find((candidate) => ArrayBuffer.isView(candidate)) as Uint8Array | undefined
  if (!kept) return consumed(body)
  return kept.length > limit ? { code: 'body_too_large', hint: `The body is over \`maxBodyBytes\` (${limit}).` } : kept
}
