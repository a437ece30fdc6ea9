import { type HeadersInput, headerReader } from '../core/headers'
import { lazily } from '../core/lazy'
import type { WaitUntil } from '../idempotency/idempotency'
import type { Secrets } from '../signing/keys'
import type { RejectionCode } from './answers'

/** A request before its signature was checked: anyone may have sent it. */
export interface UnverifiedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  /** The parameters of the route, such as `{ account }` of `/hooks/:account`. */
  readonly params: Readonly<Record<string, string>>
  /** What the platform hands to a fetch handler beside the request. */
  readonly context?: unknown
}

/** Whose secret a request must be signed with. */
export interface Account {
  /** A part of the idempotency key: events of two accounts never meet. */
  readonly account: string
  readonly secret: Secrets
}

/** Why there is no body to verify, with a hint that names the cause and the mend. */
export interface NoBody {
  readonly code: Extract<RejectionCode, 'body_too_large' | 'body_consumed' | 'body_incomplete'>
  readonly hint: string
}

/** More of a body than is read. */
export const tooLarge = (limit: number): NoBody => ({
  code: 'body_too_large',
  hint: `The body is over \`maxBodyBytes\` (${limit}).`,
})

/** Less of a body than was promised. */
export const cutOff: NoBody = { code: 'body_incomplete', hint: 'The connection ended before the body did.' }

/** A body that is still to come when the time is over. */
export const late = (seconds: number): NoBody => ({
  code: 'body_incomplete',
  hint: `The body took longer than \`bodySeconds\` (${seconds}).`,
})

/** The bytes, or why there are none: now or later. */
export type Reading = Uint8Array | NoBody | Promise<Uint8Array | NoBody>

/** To be called in the next microtask: what came in one packet with the headers stands there then. */
export type Soon = () => Reading

/** Waits for the bytes. */
export async function finishReading(reading: Reading | Soon): Promise<Uint8Array | NoBody> {
  if (typeof reading !== 'function') return reading
  await undefined
  return reading()
}

/** What an adapter hands over. */
export interface IncomingRequest {
  readonly method: string
  /** The URL as text; made only where somebody asks. */
  url(): string
  readonly headers: HeadersInput
  readonly params: Readonly<Record<string, string>>
  readonly context?: unknown
  /** For what goes on after the answer, where the platform sleeps then. */
  readonly waitUntil?: WaitUntil
  /** The exact bytes, at most `limit` of them, and in that time. */
  readBody(limit: number, seconds: number): Reading | Soon
}

/** Refused before or at verification. */
export class Rejection {
  constructor(
    readonly code: RejectionCode,
    readonly hint: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** Headers of any shape as the platform's own; what no `Headers` can hold is left out. */
export function toHeaders(input: HeadersInput): Headers {
  if (input instanceof Headers) return input
  const headers = new Headers()
  const pairs = Symbol.iterator in input ? input : Object.entries(input)
  for (const [name, value] of pairs) {
    for (const text of [value ?? []].flat()) {
      try {
        headers.append(name, String(text))
      } catch {}
    }
  }
  return headers
}

/** The value that a header has in `Headers`, without making them: of pairs, which most adapters give. */
export function headerOf(input: HeadersInput, name: string): string | undefined {
  if (!Array.isArray(input)) return toHeaders(input).get(name) ?? undefined
  let found: string | undefined
  for (const [key, value] of input as [string, string][]) {
    if (key.length !== name.length || (key !== name && key.toLowerCase() !== name)) continue
    if (found !== undefined) return toHeaders(input).get(name) ?? undefined
    found = value
  }
  return found
}

/** A URL of text that a stranger may have chosen. */
function toUrl(text: string): URL {
  try {
    return new URL(text)
  } catch {
    return new URL('http://localhost/')
  }
}

/** The origin, the path and the query of a URL, to the letter. */
const partsOf = (url: string) =>
  /^((?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?)([^?#]*)([^#]*)/i.exec(url) as unknown as Record<1 | 2 | 3, string>

/** The URL as the sender called it, where `publicUrl` tells the origin, or more. Nobody writes it anew: each letter is signed. */
export function asCalled(url: string, publicUrl: string): string {
  const { 1: origin, 2: path, 3: query } = partsOf(new URL(publicUrl).href)
  const called = partsOf(url)
  // What is no path would change the host.
  const ownPath = called[2].startsWith('/') ? called[2] : '/'
  return origin + (path === '/' ? ownPath : path) + (query.length > 1 ? query : called[3])
}

const requestWithUrl = lazily(() => ({ method: '', params: {}, context: undefined as unknown }), {
  url: (incoming: IncomingRequest) => toUrl(incoming.url()),
  headers: (incoming: IncomingRequest) => toHeaders(incoming.headers),
})

/** What the developer's functions may look at; each part is made when it is first read. */
export function unverified(incoming: IncomingRequest): UnverifiedRequest {
  const request = requestWithUrl(incoming)
  request.method = incoming.method
  request.params = incoming.params
  request.context = incoming.context
  return request
}

/** How long a body may take, where nothing else is said. */
const bodySeconds = 15

/** Reads the bytes of a request; refuses what must not even be read. */
export function readBody(incoming: IncomingRequest, limit: number, seconds = bodySeconds): Reading | Soon {
  const read = headerReader(incoming.headers)
  const encoding = read('content-encoding')
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Rejection('content_encoding', 'A compressed body cannot be verified. Does a proxy compress requests?')
  }
  return Number(read('content-length')) > limit ? tooLarge(limit) : incoming.readBody(limit, seconds)
}

/** The bytes that may be verified. */
export function bodyOf(read: Uint8Array | NoBody): Uint8Array {
  if (ArrayBuffer.isView(read)) return read
  throw new Rejection(read.code, read.hint)
}
