import { hmacs } from '../crypto/hmac'
import type { Scheme, SchemeDescription } from './scheme'

/**
 * Fills in what a description leaves to the defaults; one with a `timestamp` needs `timing`, which others need not carry.
 *
 * `defineScheme` checks the description first; the built-in ones are checked by a test.
 */
export function makeScheme(description: SchemeDescription, timing = description.timing): Scheme {
  const { content = ['body'], algorithm = 'hmac-sha256', id, key } = description
  const isHmac = typeof algorithm === 'string'
  return Object.freeze({
    encoding: 'hex',
    unit: 's',
    toleranceSeconds: timing ? 300 : false,
    ...description,
    content,
    algorithm: isHmac ? hmacs[algorithm] : algorithm,
    key: typeof key === 'object' ? key : { encoding: key ?? (isHmac ? 'utf8' : 'base64') },
    id: id && 'header' in id ? { ...id, signed: content.includes('id') } : id,
    timing,
  } as const)
}
