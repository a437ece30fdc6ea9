import { utf8 } from '../../core/bytes'
import { VerificationError } from '../../core/errors'

/** Why a body that holds its own proof was refused. */
export const bodyHints = {
  no_signature: 'the body is not the JSON of this scheme, or has no signature in it',
} as const

/** The JSON of a body that must be looked into before it can be verified, because its proof stands in it. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new VerificationError('no_signature', 'body', bodyHints)
  }
}

/** A copy of a JSON document with that value at a pointer; objects on the way are made where they are missing. */
export const withValue = (document: unknown, pointer: string, value: unknown): unknown =>
  putAt(document, pointer.split('/').slice(1), value)

function putAt(document: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const copy: Record<string, unknown> = Array.isArray(document)
    ? ([...document] as never)
    : { ...(typeof document === 'object' ? document : {}) }
  copy[name] = putAt(copy[name], rest, value)
  return copy
}

/** The bytes of a JSON document. */
export const jsonBytes = (document: unknown): Uint8Array => utf8(JSON.stringify(document))
