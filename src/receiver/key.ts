import { encode } from '../core/encoding'
import type { Part } from '../crypto/algorithm'
import { sha256 } from '../crypto/digest'
import { isKey } from '../idempotency/store'
import type { InBody, Scheme } from '../schemes/scheme'
import type { EventDraft } from './event'
import { PayloadError } from './payload'

/** Whether the scheme signs an id, in a header or in the body. */
export function signsAnId({ id, content }: Scheme): boolean {
  if (id === undefined) return false
  if ('header' in id) return id.signed
  return content.some((part) => part === 'body' || (typeof part === 'object' && 'body' in part && part.body === id.body))
}

/** A part of a key that cannot swallow the slash after it. */
export const escaped = (part = ''): string => (/[%/]/.test(part) ? part.replaceAll('%', '%25').replaceAll('/', '%2F') : part)

const mostIdBytes = 256

/** An idempotency key, or how it is made: what takes a hash is not made where nobody asks for it. */
export type EventKey = string | (() => string | Promise<string>)

/** The text of a key. */
export const keyText = (key: EventKey): string | Promise<string> => (typeof key === 'string' ? key : key())

/**
 * The idempotency key of an event: scheme / endpoint / account / id.
 *
 * The id is the user's own, else the signed one, else the SHA-256 of the type's header and the body; an id that is not signed is
 * never used, since anyone can change it.
 */
export function eventKey(scheme: Scheme, draft: EventDraft, endpoint: string | undefined, own: string | undefined): EventKey {
  const withId = (id: string) => `${scheme.name}/${escaped(endpoint)}/${escaped(draft.account)}/${id}`
  const withHash = (parts: readonly Part[]) => () => {
    const hash = sha256(parts)
    return ArrayBuffer.isView(hash) ? withId(encode(hash, 'hex')) : hash.then((bytes) => withId(encode(bytes, 'hex')))
  }
  const id = own ?? (signsAnId(scheme) ? draft.id : undefined)
  if (id === undefined || id === '') {
    if (own === '') throw new PayloadError('Expected `options.key` to give text of 1 or more characters.')
    // A signed header was there, or nothing would have come this far.
    if (signsAnId(scheme) && !scheme.bodyIsKey)
      throw new PayloadError(`The event has no id at ${(scheme.id as InBody).body} of the body, where ${scheme.name} has it.`)
    // One body may be sent for two topics.
    const topic = scheme.type && 'header' in scheme.type ? (draft.type ?? '') : ''
    return withHash([topic, '\n', draft.body])
  }
  const text = withId(id)
  // Only where accounts and endpoints are long, or beyond ASCII, is there less room; a character takes up to three bytes.
  const isLong = id.length > mostIdBytes || (text.length > 512 / 3 && !isKey(text))
  return isLong || !/^[\x20-\x7e]*$/.test(id) ? withHash([id]) : text
}
