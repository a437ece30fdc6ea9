import type { Body } from '../core/bytes'
import { toBytes } from '../core/bytes'
import type { HeadersInput } from '../core/headers'
import { toHeaders } from '../receiver/request'
import type { Scheme } from '../schemes/scheme'
import { type SignOptions, signRequest } from '../signing/sign'

/** What `signedRequest` signs, and where to. */
export interface SignedRequestOptions extends SignOptions {
  readonly url: string | URL
  readonly body: Body
  /** More headers, such as the provider's topic. Default content type: application/json. */
  readonly headers?: HeadersInput
}

/** Makes the request that a provider would send, to test one's own handler: `await hook(await signedRequest(github, { … }))`. */
export async function signedRequest(scheme: Scheme, options: SignedRequestOptions): Promise<Request> {
  const headers = new Headers(options.headers ? toHeaders(options.headers) : undefined)
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  const { headers: proof, body = toBytes(options.body) } = await signRequest(scheme, options)
  for (const [name, value] of Object.entries(proof)) headers.set(name, value)
  const { method = 'POST' } = options
  return new Request(options.url, { method, headers, body: body as Uint8Array<ArrayBuffer> })
}
