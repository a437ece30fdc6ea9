import { encode } from '../core/encoding'
import { sha256 } from '../crypto/digest'
import { bodyOf, finishReading, type IncomingRequest, type NoBody, readBody, toHeaders, tooLarge } from '../receiver/request'
import { Refusal } from './problems'
import { type Parsed, type Rebuilt, rebuild } from './rebuild'

/** What an adapter hands over; `context` is the platform's own. */
export interface Incoming extends IncomingRequest {
  /** Where a body parser leaves what it read, for when the bytes are gone. */
  readonly parsed?: Parsed
}

/** A request whose bytes are here. */
export interface Message {
  readonly method: string
  readonly path: string
  /** A request with its bytes unread; another one for each call. */
  request(): Request
  /** What the request asks for: method, path, query and body (section 2.4 of the draft). */
  fingerprint(): Promise<string>
}

/** Reads a request whole. Throws a `Rejection` for a body that cannot be had, and a `Refusal` for what no `Request` can hold. */
export async function readMessage(incoming: Incoming, limit: number): Promise<Message> {
  const { method, parsed } = incoming
  const headers = new Headers(toHeaders(incoming.headers))
  let rebuilt: Rebuilt | undefined

  async function readOrRebuild(most: number, seconds: number): Promise<Uint8Array | NoBody> {
    const read = await finishReading(incoming.readBody(most, seconds))
    if (!('code' in read) || read.code !== 'body_consumed' || !parsed) return read
    rebuilt = rebuild(parsed, headers)
    if (!rebuilt) return { ...read, hint: `What is left of the body cannot be written as one again. ${read.hint}` }
    if (rebuilt.body.length > most) return tooLarge(most)
    if (headers.has('content-length')) headers.set('content-length', String(rebuilt.body.length))
    return rebuilt.body
  }

  const body = bodyOf(await finishReading(readBody({ ...incoming, readBody: readOrRebuild }, limit)))
  const canonical = rebuilt?.canonical ?? body

  function request(url: string): Request {
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0
    return new Request(url, { method, headers, body: hasBody ? (body as Uint8Array<ArrayBuffer>) : null })
  }

  try {
    const { href, pathname, search } = new URL(incoming.url())
    // Fails for what a stranger may send and no `Request` takes, such as TRACE, or a host with a password before it.
    const made = [request(href)]
    return {
      method,
      path: pathname,
      request: () => made.pop() ?? request(href),
      fingerprint: async () => encode(await sha256([`${method}\n${pathname}${search}\n`, canonical]), 'hex'),
    }
  } catch {
    throw new Refusal('malformed_request', 'The method or the URL is none that a `Request` can have.')
  }
}
