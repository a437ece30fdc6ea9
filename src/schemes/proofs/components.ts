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

/** The parts of a URL as they came: normalised further, two requests could have one signature. */
interface Target {
  readonly uri: string
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly query: string
}

const urlPattern = /^(https?):\/\/([^/?#@]+)((?:\/[^?#]*)?)(\?[^#]*)?(?:#.*)?$/i
const defaultPorts: Readonly<Record<string, string>> = { http: ':80', https: ':443' }

function targetOf(url: string): Target {
  const match = urlPattern.exec(url)
  if (!match) throw new VerificationError('malformed_header', '@target-uri')
  const [, protocol, host, path, query = ''] = match as unknown as [string, string, string, string, string?]
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

/** What components are read from; nothing of it is worked out twice. */
export interface Source {
  readonly read: HeaderReader
  readonly method: string
  target(): Target
  /** The parameter of the query of that percent-encoded name; undefined where it is absent or there twice. */
  parameter(name: string): string | undefined
}

/** A request to read components from. */
export function sourceOf({ read, method, url }: Pick<ProofRequest, 'read' | 'method' | 'url'>): Source {
  let target: Target | undefined
  let parameters: Map<string, string | undefined> | undefined
  const source: Source = {
    read,
    method,
    target: () => (target ??= targetOf(url)),
    parameter(wanted) {
      if (!parameters) {
        parameters = new Map()
        for (const [name, value] of new URLSearchParams(source.target().query)) {
          const encoded = percentEncode(name)
          // One that is there twice must not be signed so (section 2.2.8).
          parameters.set(encoded, parameters.has(encoded) ? undefined : value)
        }
      }
      const value = parameters.get(wanted)
      return value === undefined ? undefined : percentEncode(value)
    },
  }
  return source
}

type Derive = (source: Source, parameter?: string) => string | undefined

/** The values that are not headers (RFC 9421, section 2.2); undefined where the request has none. */
const derived: Readonly<Record<string, Derive>> = {
  '@method': ({ method }) => method,
  '@target-uri': (source) => source.target().uri,
  '@authority': (source) => source.target().authority,
  '@scheme': (source) => source.target().scheme,
  '@request-target': (source) => source.target().path + source.target().query,
  '@path': (source) => source.target().path,
  '@query': (source) => source.target().query || '?',
  '@query-param': (source, parameter) => source.parameter(parameter as string),
}

/** The names that a header may have, in lower case. */
export const fieldName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/

/** The component that an item names; undefined where it is none that we can read, such as one of an answer. */
export function componentOf(item: Item): Component | undefined {
  const { value, parameters } = item
  const name = textOf(value)
  if (name === undefined) return undefined
  const isParameter = name === '@query-param'
  const parameter = isParameter ? textOf(parameters.get('name')) : undefined
  // Of all parameters we know this one: `sf`, `bs`, `key`, `req` and `tr` change what a component means.
  const isPlain = isParameter ? parameter !== undefined && parameters.size === 1 : parameters.size === 0
  const isThere = name.startsWith('@') ? Object.hasOwn(derived, name) : fieldName.test(name)
  return isPlain && isThere ? { identifier: writeItem(item), name, parameter } : undefined
}

const mostCharacters = 65_536

/** A value without white space around it and without line folding (RFC 9421, section 2.1); a line break would forge another line. */
function canonical(value: string, identifier: string): string {
  const lines = value.slice(0, mostCharacters).split('\r\n')
  const isSound = lines.every((line, at) => /^[\t -~]*$/.test(line) && (at === 0 || /^[\t ]/.test(line)))
  if (!isSound || value.length > mostCharacters) throw new VerificationError('malformed_header', identifier)
  return lines
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
    const value = name.startsWith('@') ? (derived[name] as Derive)(source, parameter) : source.read(name)
    if (value === undefined) throw new VerificationError('missing_header', identifier)
    return `${identifier}: ${canonical(value, identifier)}`
  })
  return [...lines, `"@signature-params": ${input}`].join('\n')
}
