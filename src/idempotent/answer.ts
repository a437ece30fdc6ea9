import { concat, toBytes } from '../core/bytes'
import { isWritable } from '../core/field'
import { describe } from '../core/options'
import type { Answer } from '../receiver/answers'
import { hasNoBody, isReply, isTheHandlers } from '../receiver/reply'

/** What a handler answers, read whole; cookies are apart, since they are for the first caller alone. */
export interface Answered extends Answer {
  readonly cookies?: readonly string[]
}

/** The bytes of a stream. Stops, with the signal's reason, when the time of the handler is over: a stream may have no end. */
async function readWhole(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  const reader = stream.getReader()
  const stop = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stop)
  try {
    const parts: Uint8Array[] = []
    while (!signal.aborted) {
      const { done, value } = await reader.read()
      if (done && !signal.aborted) return concat(parts)
      if (value) parts.push(toBytes(value))
    }
    stop()
    throw signal.reason
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

// By its tag and not by instanceof: some frameworks bring a Response of their own.
const isResponse = (value: unknown): value is Response => Object.prototype.toString.call(value) === '[object Response]'

interface Parts {
  readonly status: number
  readonly pairs: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
}

async function partsOf(returned: unknown, signal: AbortSignal): Promise<Parts> {
  if (isReply(returned)) return { status: returned.status, pairs: Object.entries(returned.headers), body: returned.body }
  if (!isResponse(returned))
    throw new TypeError(`Expected the handler to return \`context.reply(…)\` or a Response, got ${describe(returned)}`)
  const { status, headers, bodyUsed, body } = returned
  // What is left of it is no body, and would be kept as an empty one.
  if (bodyUsed) throw new TypeError('Expected the handler to return a Response whose body nobody has read')
  return { status, pairs: [...headers], body: body ? await readWhole(body, signal) : undefined }
}

/** What a handler returned, as an answer that can be written and kept. Throws a `TypeError` for what is none. */
export async function toAnswer(returned: unknown, signal: AbortSignal): Promise<Answered> {
  const { status, pairs, body } = await partsOf(returned, signal)
  if (status < 200 || status > 599) throw new TypeError(`Expected a status from 200 to 599, got ${status}`)
  const ownToConnection = pairs.flatMap(([name, value]) => (name === 'connection' ? value.toLowerCase().split(/[ ,]+/) : []))
  const headers: Record<string, string> = {}
  const cookies: string[] = []
  for (const [name, value] of pairs) {
    if (!isWritable(name, value)) throw new TypeError(`Expected the header ${describe(name)} to be one that can be sent`)
    if (name === 'set-cookie') cookies.push(value)
    else if (isTheHandlers(name) && !ownToConnection.includes(name)) headers[name] = value
  }
  return { status, headers, cookies, body: hasNoBody(status) ? undefined : body }
}
