import { utf8 } from '../../core/bytes'
import { IdempotencyError } from '../../idempotency/errors'

/** The most bytes of a result: a server that moves more at once keeps every other client waiting. */
const mostResultBytes = 16 * 1024 * 1024

/** Strict, and without dropping a byte order mark. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A result as text, since clients give text and take text, whatever else they are set to give.
 *
 * UTF-8, which most results are, stays as it is behind a `t`: readable, no longer, and quick; other bytes are base64 behind a `b`.
 */
export function toText(result: Uint8Array): string {
  if (result.length > mostResultBytes) {
    const detail = `the result has ${result.length} bytes, and the Redis store takes ${mostResultBytes} at most`
    throw new IdempotencyError('store_unavailable', { detail })
  }
  try {
    return `t${decoder.decode(result)}`
  } catch {
    return `b${btoa(binaryOf(result))}`
  }
}

/** The bytes of what `toText` made. */
export function toResult(text: string): Uint8Array {
  const rest = text.slice(1)
  if (text.startsWith('t')) return utf8(rest)
  const binary = atob(rest)
  const result = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) result[index] = binary.charCodeAt(index)
  return result
}

/** The text of a reply, which is bytes where the client was set to give those. */
export function readText(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (ArrayBuffer.isView(reply)) return decoder.decode(reply as Uint8Array)
  throw new Error('Expected the client to give text or bytes.')
}

/** One character for each byte, as `btoa` wants them; in pieces, since a call takes so many arguments only. */
function binaryOf(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192))
  }
  return binary
}
