import { concat } from '../core/bytes'
import type { Answer } from '../receiver/answers'
import type { NoBody } from '../receiver/request'

// biome-ignore lint/suspicious/noExplicitAny: Node types every event's listener in its own way, and only this fits them all.
type Listener = (argument: any) => void

/** What we call of a Node request; Express, Fastify and node:http give one. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Names and values by turns, as they arrived: the only form in which two of a name can be told. */
  readonly rawHeaders: readonly string[]
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: object | undefined
  /** Where cloud functions keep the bytes that they have read. */
  readonly rawBody?: unknown
  readonly body?: unknown
  readonly readableDidRead: boolean
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  resume(): unknown
}

/** What we call of a Node response. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  writeHead(status: number, headers: Record<string, string>): unknown
  end(body?: Uint8Array): unknown
}

/** The headers as they arrived; HTTP/2 has its own beside them, whose names begin with a colon. */
export function headerPairs({ rawHeaders }: NodeRequest): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] as string, rawHeaders[at + 1] as string])
  return pairs.filter(([name]) => !name.startsWith(':'))
}

/** The URL of a request; the host is what the caller says it is. */
export function urlOf({ headers, socket, url = '/' }: NodeRequest, target = url): string {
  if (!target.startsWith('/')) return target
  return `${socket && 'encrypted' in socket && socket.encrypted ? 'https' : 'http'}://${headers[':authority'] ?? headers.host ?? 'localhost'}${target}`
}

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

/** Writes an answer, unless the caller is gone. */
export function writeAnswer(response: NodeResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { ...headers, 'content-length': String(body?.length ?? 0) })
  response.end(body)
}
