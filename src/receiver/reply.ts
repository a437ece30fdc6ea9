import { concat, utf8 } from '../core/bytes'
import { expectOption } from '../core/options'
import type { Answer } from './answers'

/** What a handler may answer instead of an empty 200. */
export interface ReplyOptions {
  /** Default 200. A status other than 2xx releases the event, so that the sender's next try runs the handler again. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown
}

const replies = new WeakSet<object>()

/** An answer made by `context.reply`; return it from the handler. */
export interface Reply extends Answer {
  readonly reply: true
}

/** Whether a handler returned what `context.reply` made; anything else that it returns is ignored. */
export const isReply = (value: unknown): value is Reply => replies.has(value as object)

/** Whether every platform can send a header (RFC 9110, sections 5.1 and 5.5). */
export const isWritable = (name: string, value: string): boolean =>
  /^[\w!#$%&'*+\-.^`|~]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

/** Makes an answer for the handler to return. Throws a `ConfigurationError` for a status or a header that cannot be sent. */
export function reply({ status = 200, headers = {}, body }: ReplyOptions = {}): Reply {
  expectOption(Number.isInteger(status) && status >= 200 && status <= 599, 'status', 'an integer from 200 to 599', status)
  const lower: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    lower[name.toLowerCase()] = String(value)
    expectOption(isWritable(name, String(value)), 'headers', 'headers that can be sent', name)
  }
  let bytes: Uint8Array | undefined
  if (ArrayBuffer.isView(body)) bytes = body as Uint8Array
  else if (typeof body === 'string') {
    bytes = utf8(body)
    lower['content-type'] ??= 'text/plain; charset=utf-8'
  } else if (body !== undefined) {
    bytes = utf8(JSON.stringify(body))
    lower['content-type'] ??= 'application/json'
  }
  const made: Reply = Object.freeze({ reply: true, status, headers: lower, body: bytes })
  replies.add(made)
  return made
}

/** Writes the answer to keep for duplicates: undefined for an empty 200, else a line of JSON and the body's bytes as they are. */
export const replyCodec = {
  encode({ status, headers, body = new Uint8Array() }: Answer): Uint8Array | undefined {
    // A cookie is one caller's own, and is never given to another.
    const { 'set-cookie': _, ...kept } = headers
    if (status === 200 && body.length === 0 && Object.keys(kept).length === 0) return undefined
    return concat([utf8(`${JSON.stringify({ status, headers: kept })}\n`), body])
  },
  decode(stored: Uint8Array | undefined): Answer {
    if (!stored) return { status: 200, headers: {} }
    const end = stored.indexOf(10)
    return { ...JSON.parse(new TextDecoder().decode(stored.subarray(0, end))), body: stored.subarray(end + 1) }
  },
}
