import { expectOption, refuseOption } from '../core/options'
import type { Scheme } from '../schemes/scheme'

/** Refuses what is no scheme, such as an import that does not exist. */
export function expectScheme(scheme: Scheme): void {
  if (typeof scheme?.algorithm !== 'object') refuseOption('scheme', 'a scheme of countersign/schemes or defineScheme()', scheme)
}

/** The URL that a scheme signs; a scheme that signs none needs none. */
export function expectUrl(scheme: Scheme, url: string | URL | undefined): string {
  if (!scheme.content.includes('url')) return ''
  const text = String(url ?? '')
  expectOption(text !== '', 'url', 'the URL that is signed', url)
  return text
}
