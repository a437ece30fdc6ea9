import type { HeadersInput } from '../core/headers'
import { expectOption } from '../core/options'

// biome-ignore lint/suspicious/noExplicitAny: Node types every event's listener in its own way, and only this fits them all.
export type Listener = (argument: any) => void

/** What we call of a Node request; Express, Fastify and node:http give one. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The whole path, where a router has cut `url`. */
  readonly originalUrl?: string | undefined
  /** Names and values by turns, as they arrived: the only form in which two of a name can be told. */
  readonly rawHeaders: readonly string[]
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly socket?: object | undefined
  /** Where cloud functions keep the bytes that they have read. */
  readonly rawBody?: unknown
  readonly body?: unknown
  readonly readableDidRead: boolean
  readonly readableEnded?: boolean
  readonly destroyed?: boolean
  readonly httpVersionMajor?: number
  /** How much has come and nobody has read. */
  readonly readableLength?: number
  /** How much may have come before nobody is asked for more. */
  readonly readableHighWaterMark?: number
  readonly readableFlowing?: boolean | null
  readonly readableEncoding?: string | null
  read(): unknown
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
  resume(): unknown
  destroy(): unknown
}

/** Whether a framework has a stream where the body should be. */
export const isStream = (body: unknown): body is NodeRequest =>
  (['on', 'off', 'resume'] as const).every((name) => typeof (body as Partial<NodeRequest> | null)?.[name] === 'function')

/** The headers as they arrived; HTTP/2 has its own beside them, whose names begin with a colon. */
export function headerPairs(request: NodeRequest): HeadersInput {
  const { rawHeaders, headers } = request
  expectOption(Array.isArray(rawHeaders), 'request', 'a request of Node: is this the adapter of your framework?', request)
  // What makes requests up, as serverless-http does of events, fills in `headers` alone.
  if (rawHeaders.length === 0) return headers
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (!name.startsWith(':')) pairs.push([name, rawHeaders[at + 1] as string])
  }
  return pairs
}

/** The URL of a request; the host is what the caller says it is. */
export function urlOf({ headers, socket, url = '/', originalUrl = url }: NodeRequest, target = originalUrl): string {
  if (!target.startsWith('/')) return target
  return `${socket && 'encrypted' in socket && socket.encrypted ? 'https' : 'http'}://${headers[':authority'] ?? headers.host ?? 'localhost'}${target}`
}
