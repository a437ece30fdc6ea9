import { ConfigurationError } from '../core/errors'
import { describe, expectNames } from '../core/options'
import { hmacs } from '../crypto/hmac'
import { makeScheme } from './make'
import type { ContentPart, InBody, InHeader, Scheme, SchemeDescription } from './scheme'
import { timing } from './timing'

const pieces: readonly unknown[] = ['id', 'timestamp', 'body', 'url', 'method']

/** A value of the body can be signed where a proof knows how to read it. */
const isPiece = (part: ContentPart, hasProof: boolean) =>
  typeof part === 'object' ? ('text' in part ? part.text : hasProof && part.body) : pieces.includes(part)

function expect(holds: unknown, name: string, expectation: string, got: unknown): void {
  if (!holds) throw new ConfigurationError('invalid_scheme', `Expected \`${name}\` ${expectation}, got ${describe(got)}`)
}

const encodings = ['hex', 'base64', 'base64url', 'utf8']
const keyEncodings = ['utf8', 'hex', 'base64']
const units = ['s', 'ms', 'iso']
const names =
  'name content algorithm encoding key signature proof timestamp timing unit toleranceSeconds id type retry bodyIsKey maxBodyBytes handshake'

function expectOneOf(values: readonly unknown[], name: string, got: unknown): void {
  expect(values.includes(got), name, `to be ${values.join(', ')}`, got)
}

const isNumber = (value: unknown, least: number) => Number.isFinite(value) && (value as number) >= least

/** Refuses a description that contradicts itself or whose signature would not stand for one request. */
function check({ name, content = ['body'], algorithm = 'hmac-sha256', ...description }: SchemeDescription): void {
  const { signature, timestamp, id, key = 'utf8', encoding = 'hex', unit = 's', toleranceSeconds = 0, proof } = description
  const { retry = 'none', maxBodyBytes = 1 } = description
  expect(typeof name === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), 'name', 'to be kebab-case', name)
  expect(proof === undefined || typeof proof?.read === 'function', 'proof', 'to be an object with read', proof)
  const place = Object(signature) === signature && ('header' in signature ? signature.header : proof && signature.body)
  expect(place, 'signature.header', 'to name a header', place)
  const isOwn =
    typeof algorithm === 'object' && [algorithm?.verifier, algorithm?.signer].every((make) => typeof make === 'function')
  const isKnown = isOwn || (typeof algorithm === 'string' && Object.hasOwn(hmacs, algorithm))
  expect(isKnown, 'algorithm', `to be ${Object.keys(hmacs).join(', ')} or an algorithm of countersign/schemes`, algorithm)
  const isContent = Array.isArray(content) && content.length > 0 && content.every((part) => isPiece(part, proof !== undefined))
  expect(isContent, 'content', `to hold ${pieces.join(', ')} or { text }`, content)
  expectOneOf(encodings, 'encoding', encoding)
  expectOneOf(keyEncodings, 'key', typeof key === 'object' ? key?.encoding : key)
  expectOneOf(units, 'unit', unit)
  const isTolerance = toleranceSeconds === false || isNumber(toleranceSeconds, 0)
  expect(isTolerance, 'toleranceSeconds', 'to be a number of 0 or more, or false', toleranceSeconds)
  const isRetry = retry === 'none' || isNumber(retry?.windowSeconds, 0)
  expect(isRetry, 'retry', 'to be { windowSeconds, resigned } or none', retry)
  expect(isNumber(maxBodyBytes, 1), 'maxBodyBytes', 'to be a number of 1 or more', maxBodyBytes)
  const isTimed = !content.includes('timestamp') || (timestamp && ('header' in timestamp || proof))
  expect(isTimed, 'timestamp.header', 'to name the time that `content` signs', timestamp)
  const at = content.indexOf('id')
  if (at >= 0) {
    expect(id && 'header' in id, 'id.header', 'to name the id that `content` signs', id)
    const next = content[at + 1]
    const isApart = typeof next !== 'string' || (next === 'timestamp' && unit === 'iso')
    expect(isApart, 'content', 'to put a { text } between the id and what follows it, to tell them apart', next)
    const before = content.slice(0, at).find((part) => part === 'body' || part === 'url')
    expect(!before, 'content', 'not to put the id after the body or the url, from which it cannot be told apart', before)
  }
  const signed = id && 'header' in id ? id.signed : undefined
  expect(signed === undefined || signed === at >= 0, 'id.signed', 'to say whether `content` holds the id', signed)
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
  expect(typeof description === 'object' && description !== null, 'description', 'to be an object', description)
  expectNames(description, names.split(' '))
  check(description)
  const { signature, timestamp, id, type } = description
  return makeScheme(
    { ...description, signature: lower(signature) ?? signature, timestamp: lower(timestamp), id: lower(id), type: lower(type) },
    description.timing ?? (timestamp && timing),
  )
}
