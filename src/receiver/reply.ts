import { type Body, concat, toBytes, utf8 } from '../core/bytes'
import { isWritable, ofConnection } from '../core/field'
import { describe, expectOption } from '../core/options'
import type { Answer } from './answers'

/** What a handler may answer instead of an empty 200. */
export interface ReplyOptions {
  /** Default 200. A status other than 2xx releases the event, so that the sender's next try runs the handler again. */
  readonly status?: number
  /** What belongs to the connection, such as `transfer-encoding`, is left out. */
  readonly headers?: Readonly<Record<string, string>>
  /** Text and bytes are sent as they are, anything else as JSON; a 204, 205 or 304 has none. */
  readonly body?: unknown
}

const replies = new WeakSet<object>()

/** An answer made by `context.reply`; return it from the handler. */
export interface Reply extends Answer {
  readonly reply: true
}

/** Whether a handler returned what `context.reply` made; anything else that it returns is ignored. */
export const isReply = (value: unknown): value is Reply => replies.has(value as object)

/** What belongs to the connection, to the server, or to us: HTTP/2 and some platforms refuse it. */
const notTheHandlers: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...ofConnection,
  'date',
  'idempotent-replayed',
  'proxy-authenticate',
])

/** Whether a header, by its lower-case name, is for a handler to say. */
export const isTheHandlers = (name: string): boolean => !notTheHandlers.has(name)

/** Statuses without a body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
export const hasNoBody = (status: number): boolean => [204, 205, 304].includes(status)

/** Status and headers that every platform can send, by lower-case names. */
function headOf(status: number, headers: Readonly<Record<string, string>>) {
  expectOption(Number.isInteger(status) && status >= 200 && status <= 599, 'status', 'an integer from 200 to 599', status)
  const lower: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    expectOption(isWritable(name, String(value)), 'headers', 'headers that can be sent', name)
    if (isTheHandlers(name.toLowerCase())) lower[name.toLowerCase()] = String(value)
  }
  return { status, headers: lower }
}

/** Makes an answer for the handler to return. Throws a `ConfigurationError` for a status or a header that cannot be sent. */
export function reply({ status = 200, headers = {}, body }: ReplyOptions = {}): Reply {
  const head = headOf(status, headers)
  let bytes: Uint8Array | undefined
  if (!hasNoBody(status) && body !== undefined) {
    const isBytes = ArrayBuffer.isView(body) || describe(body) === '[object ArrayBuffer]'
    const isText = typeof body === 'string'
    bytes = isBytes || isText ? toBytes(body as Body) : utf8(JSON.stringify(body))
    if (!isBytes) head.headers['content-type'] ??= isText ? 'text/plain; charset=utf-8' : 'application/json'
  }
  Object.freeze(head.headers)
  const made: Reply = Object.freeze({ reply: true, ...head, body: bytes })
  replies.add(made)
  return made
}

/** Writes the answer to keep for duplicates: undefined for an empty 200, else a line of JSON and the body's bytes as they are. */
export const replyCodec = {
  encode({ status, headers, body }: Answer): Uint8Array | undefined {
    // A cookie is one caller's own, and is never given to another.
    const { 'set-cookie': _, ...kept } = headers
    if (status === 200 && !body?.length && Object.keys(kept).length === 0) return undefined
    const head = utf8(`${JSON.stringify({ status, headers: kept })}\n`)
    return body ? concat([head, body]) : head
  },
  decode(stored: Uint8Array | undefined): Answer {
    if (!stored) return { status: 200, headers: {} }
    const end = stored.indexOf(10)
    const { status, headers } = JSON.parse(new TextDecoder().decode(stored.subarray(0, end)))
    // Whoever can write into the store must not end the process of whoever replays it.
    return { ...headOf(status, headers), body: hasNoBody(status) ? undefined : stored.subarray(end + 1) }
  },
}
