import { refuseOption } from '../core/options'

/** What belongs to the connection or is counted from the bytes. */
const reserved = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers of the user's own with lower-case names, checked. */
export function checkHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) refuseOption('headers', 'a record of header names and values', headers)
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase()
    if (!isHeader(lowerCase, value)) refuseOption(`headers.${name}`, 'a header with its value as text', typeof value)
    if (reserved.has(lowerCase)) refuseOption('headers', 'without what the transport sets itself', name)
    if (Object.hasOwn(checked, lowerCase)) refuseOption('headers', 'each name once, in any case', name)
    checked[lowerCase] = value
  }
  return checked
}

/** A field of RFC 9110, sections 5.1 and 5.5: a token, and a value without control characters. */
const isHeader = (name: string, value: unknown): value is string =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
