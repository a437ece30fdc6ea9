import { IdempotencyError } from '../../idempotency/errors'

/** What is kept of a key. Times are milliseconds since 1970 on the callers' clocks. */
export interface Entry {
  /** Who holds or completed the key; undefined once it was given back. */
  readonly token: string | undefined
  readonly fingerprint: string | undefined
  readonly attempt: number
  readonly isCompleted: boolean
  readonly result: Uint8Array | undefined
  /** From this moment anyone may claim a key that is not completed. */
  readonly freeAt: number
  /** From this moment the key is forgotten. */
  readonly expiresAt: number
}

/** The attribute by which DynamoDB removes old items. */
export const expiryAttribute = 'ttl'

/** Every name that an expression uses, since many words are reserved. */
export const names = {
  '#key': 'key',
  '#token': 'token',
  '#attempt': 'attempt',
  '#completed': 'completed',
  '#fingerprint': 'fingerprint',
  '#result': 'result',
  '#freeAt': 'freeAt',
  '#expiresAt': 'expiresAt',
  '#ttl': expiryAttribute,
} as const

/** A caller whose clock is behind by less still finds what it remembers. */
const spareSeconds = 3600

/** When DynamoDB may remove an item: in seconds since 1970, and never before its retention is over. */
export const removableAt = (expiresAt: number) => Math.ceil(expiresAt / 1000) + spareSeconds

/** An item is at most 400 KiB; what is kept beside the result stays far below the rest. */
const mostResultBytes = 398 * 1024

/** A copy of a result; throws where DynamoDB could not hold it. */
export function copyOf(result: Uint8Array): Uint8Array {
  if (result.length <= mostResultBytes) return new Uint8Array(result)
  const detail = `the result has ${result.length} bytes and an item of DynamoDB holds ${mostResultBytes}, keep a smaller one`
  throw new IdempotencyError('store_unavailable', { detail })
}

/** What `get` found. Numbers come as the client was told to give them, and empty bytes as null where it was told so. */
export function toEntry(item: Readonly<Record<string, unknown>>): Entry {
  const text = (name: string) => (typeof item[name] === 'string' ? item[name] : undefined)
  return {
    token: text('token'),
    fingerprint: text('fingerprint'),
    attempt: Number(item['attempt']),
    isCompleted: item['completed'] === true,
    result: 'result' in item ? new Uint8Array((item['result'] ?? []) as Uint8Array) : undefined,
    freeAt: Number(item['freeAt']),
    expiresAt: Number(item['expiresAt']),
  }
}

/** What a refused condition found: the document client leaves its values typed, as in `{ S: 'text' }`. */
export function fromTyped(item: Readonly<Record<string, object>>): Entry {
  const plain = ([name, value]: [string, object]) => [name, 'NULL' in value ? null : Object.values(value)[0]]
  return toEntry(Object.fromEntries(Object.entries(item).map(plain)))
}

/** An item as it is put. */
export function toItem(key: string, { token, fingerprint, attempt, freeAt, expiresAt }: Omit<Entry, 'isCompleted' | 'result'>) {
  const item = { key, token, attempt, freeAt, expiresAt, [expiryAttribute]: removableAt(expiresAt) }
  return fingerprint === undefined ? item : { ...item, fingerprint }
}
