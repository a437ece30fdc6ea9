import { expectOption, refuseOption } from '../core/options'
import type { Part } from '../crypto/algorithm'
import type { Scheme } from '../schemes/scheme'

/** The values of one request that a scheme may sign. */
export interface Signable {
  readonly id: string | undefined
  readonly timestamp: string | undefined
  readonly body: Uint8Array
  readonly url: string
  readonly method: string
}

/** Refuses what is no scheme, such as an import that does not exist. */
export function expectScheme(scheme: Scheme): void {
  if (typeof scheme?.algorithm !== 'object') refuseOption('scheme', 'a scheme of countersign/schemes or defineScheme()', scheme)
}

/** The URL that a scheme signs; a scheme that signs none needs none. */
export function expectUrl(scheme: Scheme, url: string | URL | undefined): string {
  if (!scheme.content.includes('url')) return ''
  const text = String(url ?? '')
  expectOption(text !== '', 'url', 'the URL that was called, which the scheme signs', url)
  return text
}

/** What is signed: the pieces of the scheme’s content, never a template, so that no value can pass for another. */
export const signedContent = (scheme: Scheme, values: Signable): Part[] =>
  scheme.content.map((part) => (typeof part === 'object' ? part.text : (values[part] as string | Uint8Array)))

/** Whether an id cannot swallow what follows it: one signature must stand for exactly one id, timestamp and body. */
export function isSeparable({ content }: Scheme, id: string): boolean {
  const next = content[content.indexOf('id') + 1]
  // Times in RFC 3339 hold colons, and `defineScheme` lets no other neighbour be without a separator. No id has a space.
  const separator = typeof next === 'object' ? next.text.charAt(0) : next ? ':' : ' '
  return /^[\x21-\x7e]+$/.test(id) && !id.includes(separator)
}
