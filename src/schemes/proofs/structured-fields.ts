import { decode } from '../../core/encoding'
import { VerificationError } from '../../core/errors'

/** The parameters of an item or of a list, each as it was written; the empty text stands for true. */
export type Parameters = ReadonlyMap<string, string>

/** A value as it was written, such as `"text"`, `:Ynl0ZXM=:` or `42`: its first character tells what it is. */
export interface Item {
  readonly value: string
  readonly parameters: Parameters
}

/** A list in parentheses. */
export interface InnerList {
  readonly items: readonly Item[]
  readonly parameters: Parameters
}

const mostCharacters = 16_384

const key = /[a-z*][a-z0-9_.*-]*/y
// A string, bytes, a whole number, false, a token; each in its one form. Decimals and dates are what no signature has.
const bareItem = /"(?:[ !#-[\]-~]|\\["\\])*"|:[A-Za-z0-9+/=]*:|(?:0|-?[1-9]\d{0,14})(?![\d.])|\?0|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*/y

/**
 * The members of a dictionary (RFC 8941, section 3.2), each as it was written.
 *
 * Stricter than that: a name that stands there twice, or a value in a second form of it, is refused. Throws a `VerificationError`.
 */
export function parseDictionary(text: string, header: string): Map<string, Item | InnerList> {
  let at = 0
  const fail = (): never => {
    throw new VerificationError('malformed_header', header)
  }
  const skip = (characters: string) => {
    const from = at
    while (at < text.length && characters.includes(text.charAt(at))) at++
    return at > from
  }
  const take = (character: string) => text.charAt(at) === character && at++ >= 0
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? fail()
    at = pattern.lastIndex
    return found
  }
  const put = <Value>(map: Map<string, Value>, name: string, value: Value) => void (map.has(name) ? fail() : map.set(name, value))

  const parseParameters = () => {
    const parameters = new Map<string, string>()
    while (take(';')) {
      skip(' ')
      const name = match(key)
      put(parameters, name, take('=') ? match(bareItem) : '')
    }
    return parameters
  }
  const parseItem = (): Item => ({ value: match(bareItem), parameters: parseParameters() })
  const parseList = (): InnerList => {
    const items: Item[] = []
    skip(' ')
    while (!take(')')) {
      items.push(parseItem())
      if (!skip(' ') && text.charAt(at) !== ')') fail()
    }
    return { items, parameters: parseParameters() }
  }

  if (text.length > mostCharacters) fail()
  const members = new Map<string, Item | InnerList>()
  skip(' ')
  for (;;) {
    const name = match(key)
    put(members, name, take('=') ? (take('(') ? parseList() : parseItem()) : { value: '', parameters: parseParameters() })
    skip(' \t')
    if (at === text.length) return members
    if (!take(',')) fail()
    skip(' \t')
  }
}

/** The text of a string, or undefined where the value is none. */
export const textOf = (value: string | undefined): string | undefined =>
  value?.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : undefined

/** The bytes of a value, or undefined where it has none: canonical base64 between colons. */
export const bytesOf = (value: string): Uint8Array<ArrayBuffer> | undefined =>
  value.startsWith(':') ? decode(value.slice(1, -1), 'base64') : undefined

/** A text as a string. */
export const writeText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** An item as it is written in its one form. */
export const writeItem = ({ value, parameters }: Item): string => `${value}${writeParameters(parameters)}`

/** Parameters as they are written in their one form. */
export const writeParameters = (parameters: Parameters): string =>
  Array.from(parameters, ([name, value]) => `;${name}${value && `=${value}`}`).join('')
