import { readFileSync } from 'node:fs'
import type { Secret } from 'countersign'

/** A signature vector; `source` and `provenance` say where it comes from. */
export interface Vector {
  readonly id: string
  readonly scheme: string
  readonly secret?: string
  readonly publicKey?: string
  readonly jwk?: Record<string, unknown>
  readonly privateKeySeedHex?: string
  readonly method?: string
  readonly url?: string
  readonly headers: Record<string, string | string[]>
  /** Headers that are only on the prototype. */
  readonly headersProto?: Record<string, string>
  readonly body?: string
  readonly bodyBase64?: string
  /** Unix seconds. */
  readonly now?: number
  readonly toleranceSeconds?: number
  readonly expected: 'valid' | 'invalid'
}

const read = (file: string): readonly Vector[] => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))

/** Every vector: collected from vendors and their documentation, and made by us, in another language, of the documentation alone. */
export const vectors: readonly Vector[] = ['signatures', 'rfc9421', 'constructed'].flatMap((name) => read(`./${name}.json`))

/** What `verify` is given for a vector. */
export function optionsOf(vector: Vector) {
  const { secret, publicKey, jwk, headers, headersProto, body, bodyBase64, now, toleranceSeconds, url, method } = vector
  return {
    secret: (publicKey ?? jwk ?? secret ?? '') as Secret,
    headers: Object.assign(Object.create(headersProto ?? null), headers) as Record<string, string | string[]>,
    body: body ?? new Uint8Array(Buffer.from(bodyBase64 ?? '', 'base64')),
    ...(now !== undefined && { now: new Date(now * 1000) }),
    ...(toleranceSeconds !== undefined && { toleranceSeconds }),
    url,
    method,
  }
}
