import { VerificationError } from './errors'
import { refuseOption } from './options'

/** Request headers in any shape that a framework gives them; names in any case, a one-shot iterable too. */
export type HeadersInput =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>

/** The value of the header of that lower-case name, or undefined where there is none. */
export type HeaderReader = (name: string) => string | undefined

/** Reads headers by name; its answer throws a {@link VerificationError} for a header that arrived in two values. */
export function headerReader(headers: HeadersInput): HeaderReader {
  if (!headers || typeof headers !== 'object') refuseOption('headers', 'Headers, a record or pairs', headers)
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined
  const isRecord = !(Symbol.iterator in headers)
  const entries = (isRecord ? Object.keys(headers) : Array.isArray(headers) ? headers : [...headers]) as
    | string[]
    | [string, unknown][]
  return (name) => {
    let found: unknown
    for (const entry of entries) {
      const key = isRecord ? (entry as string) : (entry[0] as string)
      // Lengths first: they differ for almost every other header.
      if (key.length !== name.length || (key !== name && key.toLowerCase() !== name)) continue
      const value = isRecord ? (headers as Record<string, unknown>)[key] : entry[1]
      if (value === undefined) continue
      const isList = Array.isArray(value)
      if (found !== undefined || (isList && value.length > 1)) throw new VerificationError('duplicate_header', name)
      found = isList ? value[0] : value
    }
    return typeof found === 'string' ? found : undefined
  }
}

/** Where something stands in the headers: a whole value, or the items of a list that begin with `prefix`. */
export interface HeaderLocation {
  /** The header's name, in lower case. */
  readonly header: string
  /** What stands before the value, such as `sha256=` or `v1,`; an item without it is not this value. */
  readonly prefix?: string
  /** What separates the items where the header is a list, such as `,` or a space. */
  readonly list?: string
}

/** The items at a location, without their prefix; none where nothing fits. Throws where the header is absent or joined of two. */
export function readItems(read: HeaderReader, { header, prefix = '', list }: HeaderLocation): string[] {
  const text = read(header)
  if (text === undefined) throw new VerificationError('missing_header', header)
  // HTTP stacks join two headers of one name with ", ".
  if (list !== ', ' && text.includes(', ')) throw new VerificationError('duplicate_header', header)
  let items: string[] | undefined
  for (let start = 0, end: number; start <= text.length; start = end + (list || ' ').length) {
    end = list ? text.indexOf(list, start) : -1
    if (end < 0) end = text.length
    if (!text.startsWith(prefix, start)) continue
    const item = text.slice(start + prefix.length, end)
    // One alone takes less room this way than in an array that was empty, which grows to seventeen.
    if (items) items.push(item)
    else items = [item]
  }
  return items ?? []
}
