import { decode, encode } from '../core/encoding'
import type { HeaderLocation } from '../core/headers'
import type { Scheme } from '../schemes/scheme'
import { fromBase64 } from './body/wrapped'
import { type HeaderPairs, headerOf, neededHeaders } from './evidence'
import { type Suspect, suspect } from './explanation'

/** Headers as the sender wrote them, as far as can be told, and what was wrong with them. */
export interface Repaired {
  readonly headers: HeaderPairs
  readonly findings: readonly Suspect[]
  /** Those that a scheme needs and that did not arrive under any name. */
  readonly missing: readonly string[]
}

/** A name without what gateways and servers do to it: CGI’s capitals and underscores, and prefixes. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replace(/_/g, '-')
    .replace(/^(redirect-)?http-/, '')
    .replace(/^x-/, '')
    .replace(/^(original|forwarded|amzn-remapped|proxy|orig)-/, '')
    .replace(/^x-/, '')

const said = {
  header_duplicated: (name: string) => `The header ${name} arrived in two values.`,
  header_changed: (name: string) => `The header ${name} arrived with white space or quotes that the sender does not write.`,
} as const

/** One value of a header that arrived twice, or joined of two; other white space and quotes around it are dropped. */
function single(values: readonly string[], { list }: HeaderLocation): { value: string; finding?: keyof typeof said } {
  const [first = ''] = values
  if (values.length > 1) return { value: first, finding: 'header_duplicated' }
  const parts = first.split(', ')
  // A list may be written with a space after each comma.
  const isList = list === ',' && new Set(parts.map((part) => part.split('=')[0])).size === parts.length
  if (parts.length > 1 && list !== ', ') {
    return isList
      ? { value: parts.join(','), finding: 'header_changed' }
      : { value: parts[0] as string, finding: 'header_duplicated' }
  }
  const value = first.trim().replace(/^(["'])(.*)\1$/, '$2')
  return value === first ? { value } : { value, finding: 'header_changed' }
}

/** Gives each header that a scheme needs its name and its one value back. */
export function repairHeaders(scheme: Scheme, headers: HeaderPairs): Repaired {
  const repaired = new Map<string, string>()
  const findings: Suspect[] = []
  const missing: string[] = []
  for (const name of neededHeaders(scheme)) {
    const exact = headers.filter(([other]) => other.toLowerCase() === name)
    const similar = exact.length > 0 ? exact : headers.filter(([other]) => plain(other) === plain(name))
    const [match] = similar
    if (match === undefined) {
      missing.push(name)
      continue
    }
    if (exact.length === 0) {
      const mend = `Give it its name back before verifying: { '${name}': request.headers['${match[0].toLowerCase().slice(0, 60)}'] }.`
      findings.push(suspect('header_renamed', `The header ${name} arrived as ${match[0].slice(0, 60)}.`, mend))
    }
    const place = 'header' in scheme.signature && scheme.signature.header === name ? scheme.signature : { header: name }
    const values = similar.map(([, text]) => text)
    // A proof of its own may have a list of its own.
    const { value, finding } = scheme.proof && values.length === 1 ? { value: match[1] } : single(values, place)
    if (finding) findings.push(suspect(finding, said[finding](name)))
    repaired.set(name, value)
  }
  const rest = headers.filter(([name]) => !repaired.has(name.toLowerCase()))
  return { headers: [...rest, ...repaired], findings, missing }
}

/** The signature of so many bytes that a text holds, in hex of any case or base64 of either alphabet. */
function signatureIn(text: string, length: number): Uint8Array | undefined {
  const hex = text.match(/[0-9a-f]+/gi)?.find((word) => word.length === length * 2)
  if (hex) return decode(hex.toLowerCase(), 'hex')
  const digits = Math.ceil((length * 8) / 6)
  const base64 = text.match(/[\w+/-]+/g)?.find((word) => word.length === digits)
  return base64 === undefined ? undefined : fromBase64(base64)
}

const mostItems = 64

/** Writes the signatures as the scheme does, where they arrived in another form; undefined where there are none. */
export function repairSignature(scheme: Scheme, headers: HeaderPairs): Pick<Repaired, 'headers' | 'findings'> | undefined {
  const { signature, algorithm, encoding, timestamp } = scheme
  const { signatureBytes } = algorithm
  if (!('header' in signature) || signatureBytes === undefined || encoding === 'utf8') return undefined
  const { header, prefix = '', list } = signature
  const beside = timestamp && 'header' in timestamp && timestamp.header === header ? timestamp.prefix : undefined
  const text = headerOf(headers, header) ?? ''
  const items = list === undefined ? [text] : text.split(list).slice(0, mostItems)
  const written = items.map((item) => {
    const bytes = beside !== undefined && item.startsWith(beside) ? undefined : signatureIn(item, signatureBytes)
    return bytes ? prefix + encode(bytes, encoding) : item
  })
  if (written.every((item, at) => item === items[at])) return undefined
  const value = written.join(list ?? '')
  const form = `${prefix === '' ? '' : `“${prefix}” and `}${encoding === 'hex' ? 'lower-case hex' : encoding}`
  const mend = `If a proxy changed it, have it hand headers on as they came; if the sender writes so, say so: defineScheme({ …, signature: { header: '${header}', prefix: … }, encoding: … }).`
  return {
    headers: [...headers.filter(([name]) => name.toLowerCase() !== header), [header, value]],
    findings: [suspect('header_changed', `The signature in ${header} is not written as ${form}.`, mend)],
  }
}
