import { encode } from '../core/encoding'
import type { Answered } from '../idempotent/answer'

/** What API Gateway, a function URL or a load balancer makes an answer of. */
export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  /** Of a load balancer that wants them, and of API Gateway's first version. */
  multiValueHeaders?: Record<string, string[]>
  /** Of API Gateway's second version and of function URLs. */
  cookies?: string[]
  body: string
  isBase64Encoded: boolean
}

/** Text wherever it can be: API Gateway's first version decodes base64 only for types that it was told of. */
function toBody(bytes: Uint8Array): Pick<LambdaResult, 'body' | 'isBase64Encoded'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), isBase64Encoded: false }
  } catch {
    return { body: encode(bytes, 'base64'), isBase64Encoded: true }
  }
}

/** The answer as what sent the event takes it. */
export function toResult(
  { version, multiValueHeaders }: { readonly version?: string; readonly multiValueHeaders?: unknown },
  { status, headers, cookies = [], body = new Uint8Array() }: Answered,
): LambdaResult {
  const result = { statusCode: status, headers: { ...headers }, ...toBody(body) }
  if (version === '2.0') return cookies.length > 0 ? { ...result, cookies: [...cookies] } : result
  if (!multiValueHeaders)
    return { ...result, headers: { ...headers, ...(cookies[0] !== undefined && { 'set-cookie': cookies[0] }) } }
  const many = Object.entries(headers).map(([name, value]) => [name, [value]] as [string, string[]])
  const lists = cookies.length > 0 ? [...many, ['set-cookie', [...cookies]] as [string, string[]]] : many
  // Either form alone is heard by a load balancer; API Gateway merges them.
  return { ...result, multiValueHeaders: Object.fromEntries(lists) }
}
