import { whole } from '../core/bytes'
import { after } from '../idempotency/timers'
import { cutOff, late, type NoBody, type Reading, type Soon, tooLarge } from '../receiver/request'
import type { NodeRequest } from './incoming'
import { type Kept, keptBody } from './kept-body'

/** Long enough for the answer to go out. */
const graceMilliseconds = 1000

/** All the bytes, in order. Node's own joining does not fill with zeros first what it then writes over. */
const joined = (parts: readonly Uint8Array[]) =>
  whole(parts.length > 1 && typeof Buffer === 'function' ? [Buffer.concat(parts)] : parts)

/** The bytes of a stream that nobody has read; what is over the limit flows away, so that the connection stays usable, but not for ever. */
function readStream(stream: NodeRequest, limit: number, seconds: number): Promise<Uint8Array | NoBody> {
  // What has ended before, or was cut off, tells nobody any more.
  if (stream.readableEnded) return Promise.resolve(new Uint8Array())
  if (stream.destroyed) return Promise.resolve(cutOff)
  return new Promise((resolve) => {
    let parts: Uint8Array[] | undefined = []
    let length = 0
    const finish = (result: Uint8Array | NoBody) => {
      parts = undefined
      resolve(result)
    }
    let callOff: (() => void) | undefined
    let isOver = false
    // Most bodies come with their headers, before what waits is looked at: a timer would cost as much as their hash.
    queueMicrotask(() => {
      if (isOver) return
      callOff = after(seconds * 1000, () => {
        callOff = after(graceMilliseconds, () => stream.destroy())
        finish(late(seconds))
      })
    })
    // Stays when all is said, so that the rest flows away.
    stream.on('data', (chunk: Uint8Array | string) => {
      if (!parts) return
      if (typeof chunk === 'string')
        return finish({ code: 'body_consumed', hint: 'Something called `setEncoding` on the request: the bytes are gone.' })
      length += chunk.length
      if (length > limit) finish(tooLarge(limit))
      else parts.push(chunk)
    })
    const end = () => {
      isOver = true
      callOff?.()
    }
    stream.on('end', () => {
      end()
      if (parts) finish(joined(parts))
    })
    stream.on('error', () => finish(cutOff))
    // HTTP/2 then ends the stream as if that were all, where the caller resets it without an error.
    stream.on('aborted', () => finish(cutOff))
    stream.on('close', () => {
      end()
      finish(cutOff)
    })
  })
}

/** The bytes of a stream of HTTP/1, where most bodies are whole when the packet with their headers is parsed. */
function readWhole(stream: NodeRequest, limit: number, seconds: number): Reading {
  const { readableLength: length = 0, readableFlowing, readableEncoding } = stream
  const isWhole = length <= limit && String(length) === stream.headers['content-length']
  const bytes = isWhole && !readableFlowing && !readableEncoding ? stream.read() : null
  if (!bytes) return readStream(stream, limit, seconds)
  // To its end, or the connection would not be free for another.
  stream.resume()
  return whole([bytes as Uint8Array])
}

/** The exact bytes: of the unread stream, else what was kept of it. */
export function readNodeBody(stream: NodeRequest, limit: number, seconds: number, kept: Kept = stream): Reading | Soon {
  if (stream.readableDidRead || ArrayBuffer.isView(kept.body)) return keptBody(kept, limit)
  // A longer one is paused by the time that it could be read whole.
  const isShort = () => Number(stream.headers['content-length']) <= (stream.readableHighWaterMark ?? 0)
  return stream.httpVersionMajor === 1 && isShort() ? () => readWhole(stream, limit, seconds) : readStream(stream, limit, seconds)
}
