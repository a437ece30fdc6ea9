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
  if (typeof headers !== 'object' || headers === null)
    refuseOption('headers', 'Headers, a record or an iterable of pairs', headers)
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined
  const pairs = Symbol.iterator in headers ? [...headers] : undefined
  return (name) => {
    const values: unknown[] = []
    const add = (key: string, value: unknown) => {
      // Lengths first: they differ for almost every other header.
      if (key.length === name.length && key.toLowerCase() === name && value !== undefined) values.push(...[value].flat())
    }
    if (pairs) for (const [key, value] of pairs) add(String(key), value)
    else for (const key of Object.keys(headers)) add(key, (headers as Record<string, unknown>)[key])
    if (values.length > 1) throw new VerificationError('duplicate_header', name)
    return typeof values[0] === 'string' ? values[0] : undefined
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
  // Without a separator `split` gives the whole.
  return text.split(list as string).flatMap((item) => (item.startsWith(prefix) ? item.slice(prefix.length) : []))
}
