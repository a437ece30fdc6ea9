import { ConfigurationError } from '../core/errors'
import { expectNames, expectOption } from '../core/options'
import { hmacs } from '../crypto/hmac'
import { makeScheme } from './make'
import type { ContentPart, InBody, InHeader, Scheme, SchemeDescription } from './scheme'
import { timing } from './timing'

const pieces: readonly unknown[] = ['id', 'timestamp', 'body', 'url', 'method']
const encodings: readonly unknown[] = ['hex', 'base64', 'base64url', 'utf8']
const units: readonly unknown[] = ['s', 'ms', 'iso']
const names =
  'name content algorithm encoding key signature proof timestamp timing unit toleranceSeconds id type retry bodyIsKey maxBodyBytes handshake'

/** A value of the body can be signed where a proof knows how to read it. */
const isPiece = (part: ContentPart, hasProof: boolean) =>
  typeof part === 'object' ? ('text' in part ? part.text : hasProof && part.body) : pieces.includes(part)

/** What is wrong with a description, or undefined. */
function problemOf({
  name,
  content = ['body'],
  algorithm = 'hmac-sha256',
  ...description
}: SchemeDescription): string | undefined {
  const { signature, timestamp, id, encoding = 'hex', unit = 's', toleranceSeconds = 0, proof } = description
  if (typeof name !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return 'expected `name` to be kebab-case'
  if (proof !== undefined && typeof proof?.read !== 'function') return 'expected `proof` to be an object with read'
  const isThere = Object(signature) === signature && ('header' in signature ? signature.header : proof && signature.body)
  if (!isThere) return 'expected `signature.header` to name a header'
  if (typeof algorithm === 'string' && !Object.hasOwn(hmacs, algorithm)) {
    return `expected \`algorithm\` to be ${Object.keys(hmacs).join(', ')} or an algorithm of countersign/schemes`
  }
  if (!encodings.includes(encoding)) return `expected \`encoding\` to be ${encodings.join(', ')}`
  if (!units.includes(unit)) return `expected \`unit\` to be ${units.join(', ')}`
  if (!Array.isArray(content) || content.length === 0 || !content.every((part) => isPiece(part, proof !== undefined))) {
    return `expected \`content\` to hold ${pieces.join(', ')} or { text }`
  }
  if (!(toleranceSeconds === false || (toleranceSeconds >= 0 && toleranceSeconds < Number.POSITIVE_INFINITY))) {
    return 'expected `toleranceSeconds` to be a number of 0 or more, or false'
  }
  if (content.includes('timestamp') && !(timestamp && ('header' in timestamp || proof)))
    return '`content` signs a time that no `timestamp.header` names'
  const at = content.indexOf('id')
  if (at >= 0) {
    if (!(id && 'header' in id)) return '`content` signs an id that no `id.header` names'
    const next = content[at + 1]
    if (typeof next === 'string' && !(next === 'timestamp' && unit === 'iso')) {
      return `an id directly before the ${next} cannot be told apart from it: put a { text } between them`
    }
    if (content.slice(0, at).some((part) => part === 'body' || part === 'url'))
      return 'an id after the body or the url cannot be told apart from it'
  }
  if (id && 'header' in id && id.signed !== undefined && id.signed !== at >= 0)
    return '`id.signed` must say whether `content` holds the id'
  return undefined
}

/** Header names are compared in lower case. */
const lower = <Place extends InBody | InHeader>(place: Place | undefined): Place | undefined =>
  place && 'header' in place ? { ...place, header: place.header.toLowerCase() } : place

/**
 * Makes a scheme of a description, so that `sign` and `verify` speak it: with a name and a header alone it is the lower-case hex
 * HMAC-SHA256 of the body.
 *
 * Throws a `ConfigurationError` for a description that contradicts itself or whose signature would not stand for one request.
 */
export function defineScheme(description: SchemeDescription): Scheme {
  expectOption(Object(description) === description, 'description', 'an object', description)
  expectNames(description, names.split(' '))
  const problem = problemOf(description)
  if (problem !== undefined) throw new ConfigurationError('invalid_scheme', `Scheme \`${description.name}\`: ${problem}`)
  const { signature, timestamp, id, type } = description
  return makeScheme(
    { ...description, signature: lower(signature) ?? signature, timestamp: lower(timestamp), id: lower(id), type: lower(type) },
    description.timing ?? (timestamp && timing),
  )
}
