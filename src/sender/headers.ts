import { isWritable, ofConnection } from '../core/field'
import { refuseOption } from '../core/options'

/** What belongs to the connection, or to the transport. */
const reserved: ReadonlySet<string> = /* @__PURE__ */ new Set([...ofConnection, 'expect', 'host'])

/** Headers of the user's own with lower-case names, checked. */
export function checkHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) refuseOption('headers', 'a record of header names and values', headers)
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase()
    if (typeof value !== 'string' || !isWritable(lowerCase, value))
      refuseOption(`headers.${name}`, 'a header with its value as text', typeof value)
    if (reserved.has(lowerCase)) refuseOption('headers', 'without what the transport sets itself', name)
    if (Object.hasOwn(checked, lowerCase)) refuseOption('headers', 'each name once, in any case', name)
    checked[lowerCase] = value
  }
  return checked
}
