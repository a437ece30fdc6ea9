import type { IncomingMessage } from 'node:http'
import type { Outcome } from './outcome'
import { parseRetryAfter } from './retry-after'

const mostKeptBytes = 16 * 1024
/** Reading on a little is cheaper than a new connection; reading on for ever is not. */
const mostReadBytes = 4 * mostKeptBytes

/** Reads an answer to its end, or until there is far more of it than anyone needs: then the connection ends, and its status counts. */
export function readAnswer(
  response: IncomingMessage,
  now: () => Date,
  settle: (outcome: Outcome) => void,
  fail: (error: unknown) => void,
): void {
  const { statusCode: status = 0, headers } = response
  const kept: Uint8Array[] = []
  let keptBytes = 0
  let readBytes = 0

  function finish() {
    const decoder = new TextDecoder()
    // As a stream: a character that the limit cuts in two is left out.
    const body = kept.map((part) => decoder.decode(part, { stream: true })).join('')
    const retryAfterSeconds = parseRetryAfter(headers['retry-after'], now())
    settle({ kind: 'response', status, retryAfterSeconds, body: readBytes > keptBytes ? body : body + decoder.decode() })
  }

  response.on('data', (chunk: Uint8Array) => {
    const part = chunk.subarray(0, mostKeptBytes - keptBytes)
    if (part.length > 0) kept.push(part)
    keptBytes += part.length
    readBytes += chunk.length
    if (readBytes <= mostReadBytes) return
    finish()
    response.destroy()
  })
  response.on('end', finish)
  response.on('error', fail)
}
