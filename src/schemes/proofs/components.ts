import { VerificationError } from '../../core/errors'
import type { HeaderReader } from '../../core/headers'
import type { ProofRequest } from '../proof'
import { type Item, type Parameters, textOf, writeItem, writeParameters } from './structured-fields'

/** A piece of a request that a signature covers (RFC 9421, section 2). */
export interface Component {
  /** What stands for it in the signature base, such as `"@method"`. */
  readonly identifier: string
  /** A header’s name, or that of a derived component. */
  readonly name: string
  /** Which parameter of the query, percent-encoded. */
  readonly parameter: string | undefined
}

/** What components are read from. */
export type Source = Pick<ProofRequest, 'method' | 'url'> & { readonly read: HeaderReader }

/** The parts of a URL as they came: normalised further, two requests could have one signature. */
interface Target {
  readonly uri: string
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly query: string
}

const urlPattern = /^([a-z]+):\/\/([^/?#@]+)((?:\/[^?#]*)?)(\?[^#]*)?(?:#.*)?$/i
const defaultPorts: Readonly<Record<string, string>> = { http: ':80', https: ':443' }

function targetOf(url: string): Target {
  const [, protocol = '', host = '', path = '', query = ''] = urlPattern.exec(url) ?? []
  if (host === '') throw new VerificationError('malformed_header', '@target-uri')
  const scheme = protocol.toLowerCase()
  const port = defaultPorts[scheme]
  const authority = host.toLowerCase()
  return {
    uri: `${protocol}://${host}${path || '/'}${query}`,
    scheme,
    authority: port && authority.endsWith(port) ? authority.slice(0, -port.length) : authority,
    path: path || '/',
    query,
  }
}

/** As forms encode a text, but with %20 for a space (RFC 9421, section 2.2.8). */
const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** The values that are not headers (RFC 9421, section 2.2); undefined where the request has none. */
const derived: Readonly<Record<string, (source: Source, parameter: string | undefined) => string | undefined>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ url }) => targetOf(url).uri,
  '@authority': ({ url }) => targetOf(url).authority,
  '@scheme': ({ url }) => targetOf(url).scheme,
  '@request-target': ({ url }) => targetOf(url).path + targetOf(url).query,
  '@path': ({ url }) => targetOf(url).path,
  '@query': ({ url }) => targetOf(url).query || '?',
  '@query-param': ({ url }, parameter) => {
    const pairs = [...new URLSearchParams(targetOf(url).query)].filter(([name]) => percentEncode(name) === parameter)
    // One that is there twice must not be signed so (section 2.2.8).
    return pairs.length === 1 ? percentEncode((pairs[0] as [string, string])[1]) : undefined
  },
}

const fieldName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/

/** The component that an item names; undefined where it is none that we can read, such as one of an answer. */
export function componentOf(item: Item): Component | undefined {
  const name = textOf(item.value)
  if (name === undefined) return undefined
  const isParameter = name === '@query-param'
  const parameter = isParameter ? textOf(item.parameters.get('name')) : undefined
  // Of all parameters we know this one: `sf`, `bs`, `key`, `req` and `tr` change what a component means.
  const isKnown = item.parameters.size === (isParameter ? 1 : 0) && isParameter === (parameter !== undefined)
  const isThere = name.startsWith('@') ? Object.hasOwn(derived, name) : fieldName.test(name)
  return isKnown && isThere ? { identifier: writeItem(item), name, parameter } : undefined
}

/** A value without white space around it and without line folding (RFC 9421, section 2.1); a line break would forge another line. */
function canonical(value: string, identifier: string): string {
  const [first = '', ...folded] = value.split('\r\n')
  const isSound = [first, ...folded].every((line) => /^[\t -~]*$/.test(line)) && folded.every((line) => /^[\t ]/.test(line))
  if (!isSound) throw new VerificationError('malformed_header', identifier)
  return [first, ...folded]
    .map((line) => line.trim())
    .join(' ')
    .trim()
}

/** What a signature says of itself: what it covers, in order, and its parameters. */
export const writeInput = (components: readonly Component[], parameters: Parameters): string =>
  `(${components.map(({ identifier }) => identifier).join(' ')})${writeParameters(parameters)}`

/** What is signed: a line for each component, and what the signature says of itself (RFC 9421, section 2.5). */
export function signatureBase(components: readonly Component[], input: string, source: Source): string {
  const lines = components.map(({ identifier, name, parameter }) => {
    const value = name.startsWith('@') ? derived[name]?.(source, parameter) : source.read(name)
    if (value === undefined) throw new VerificationError('missing_header', identifier)
    return `${identifier}: ${canonical(value, identifier)}`
  })
  return [...lines, `"@signature-params": ${input}`].join('\n')
}
