import type { Outcome } from './outcome'
import { parseRetryAfter } from './retry-after'

const mostKeptBytes = 16 * 1024
/** Reading on a little is cheaper than a new connection; reading on for ever is not. */
const mostReadBytes = 4 * mostKeptBytes

const wholeText = new TextDecoder()

/** An answer as it comes in. */
export interface Answer {
  /** Takes the next bytes; false once there are far more than anyone needs: then the connection ends, and the status counts. */
  take(chunk: Uint8Array): boolean
  /** What it came to. */
  outcome(): Outcome
}

/** Begins to read an answer. */
export function beginAnswer(status: number, retryAfter: string | undefined, now: () => Date): Answer {
  const kept: Uint8Array[] = []
  let keptBytes = 0
  let readBytes = 0

  return {
    take(chunk) {
      const room = mostKeptBytes - keptBytes
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk
      if (part.length > 0) kept.push(part)
      keptBytes += part.length
      readBytes += chunk.length
      return readBytes <= mostReadBytes
    },

    outcome() {
      const retryAfterSeconds = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now())
      return { kind: 'response', status, retryAfterSeconds, body: text() }
    },
  }

  function text(): string {
    const [first] = kept
    if (!first) return ''
    // Without a stream it is several times as fast.
    if (kept.length === 1 && readBytes === keptBytes) return wholeText.decode(first)
    const decoder = new TextDecoder()
    // As a stream: a character that the limit cuts in two is left out.
    const body = kept.map((part) => decoder.decode(part, { stream: true })).join('')
    return readBytes > keptBytes ? body : body + decoder.decode()
  }
}
