import { whole } from '../core/bytes'
import { after } from '../idempotency/timers'
import { cutOff, late, type NoBody, type Reading, tooLarge } from '../receiver/request'
import type { NodeRequest } from './incoming'

/** Whether a framework has a stream where the body should be. */
export const isStream = (body: unknown): body is NodeRequest =>
  (['on', 'off', 'resume'] as const).every((name) => typeof (body as Partial<NodeRequest> | null)?.[name] === 'function')

/** Long enough for the answer to go out. */
const graceMilliseconds = 1000

/** The bytes of a stream that nobody has read; what is over the limit flows away, so that the connection stays usable, but not for ever. */
function readStream(stream: NodeRequest, limit: number, seconds: number): Promise<Uint8Array | NoBody> {
  // What has ended before, or was cut off, tells nobody any more.
  if (stream.readableEnded) return Promise.resolve(new Uint8Array())
  if (stream.destroyed) return Promise.resolve(cutOff)
  return new Promise((resolve) => {
    const parts: Uint8Array[] = []
    let length = 0
    let isDone = false
    const finish = (result: Uint8Array | NoBody) => {
      isDone = true
      parts.length = 0
      resolve(result)
    }
    let callOff = after(seconds * 1000, () => {
      callOff = after(graceMilliseconds, () => stream.destroy())
      finish(late(seconds))
    })
    // Stays when all is said, so that the rest flows away.
    stream.on('data', (chunk: Uint8Array | string) => {
      if (isDone) return
      if (typeof chunk === 'string')
        return finish({ code: 'body_consumed', hint: 'Something called `setEncoding` on the request: the bytes are gone.' })
      length += chunk.length
      if (length > limit) finish(tooLarge(limit))
      else parts.push(chunk)
    })
    stream.on('end', () => {
      callOff()
      finish(whole(parts))
    })
    stream.on('error', () => finish(cutOff))
    stream.on('close', () => {
      callOff()
      finish(cutOff)
    })
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

type Kept = Pick<NodeRequest, 'rawBody' | 'body'>

/** The bytes that whoever has read the stream has kept: `rawBody`, as cloud functions do, else a body that is bytes. */
export function keptBody({ rawBody, body }: Kept, limit: number): Uint8Array | NoBody {
  const kept = [rawBody, body].find((candidate) => ArrayBuffer.isView(candidate)) as Uint8Array | undefined
  if (!kept) return consumed(body)
  return kept.length > limit ? tooLarge(limit) : kept
}

/** The exact bytes: of the unread stream, else what was kept of it. */
export function readNodeBody(stream: NodeRequest, limit: number, seconds: number, kept: Kept = stream): Reading {
  const isUnread = !stream.readableDidRead && !ArrayBuffer.isView(kept.body)
  return isUnread ? readStream(stream, limit, seconds) : keptBody(kept, limit)
}
