import type { Answered } from '../idempotent/answer'

/** What we call of a Node response. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  end(): unknown
  end(body: Uint8Array): unknown
}

/** The headers of an answer, with its cookies, of which there may be many. */
export const headersOf = ({ headers, cookies }: Answered): Record<string, string | string[]> =>
  cookies?.length ? { ...headers, 'set-cookie': [...cookies] } : { ...headers }

/** The body of an answer, if any: an empty one would be given a type by Fastify, and is none for a 204 of fetch. */
export const bytesOf = ({ body }: Answered): Uint8Array | undefined => (body?.length ? body : undefined)

/** Writes an answer, unless the caller is gone. */
export function writeAnswer(response: NodeResponse, answer: Answered): void {
  if (response.headersSent || response.destroyed) return
  const { status, body } = answer
  const headers = headersOf(answer)
  // RFC 9110, section 8.6: a 204 says no length.
  if (status !== 204) headers['content-length'] = String(body?.length ?? 0)
  response.writeHead(status, headers)
  body ? response.end(body) : response.end()
}
