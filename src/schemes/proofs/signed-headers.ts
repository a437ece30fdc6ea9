import { formatTimestamp } from '../../core/clock'
import { VerificationError } from '../../core/errors'
import type { HeaderReader } from '../../core/headers'
import type { ProofFormat } from '../proof'
import type { InHeader, Scheme } from '../scheme'
import { fieldName } from './components'
import { readHeaders, writeHeaders } from './headers'

const mostHeaders = 64

/** Path and query, encoded once more than the URL has them. */
function pathOf(url: string): string {
  const target = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url.toWellFormed())?.[1] ?? ''
  const [path, ...query] = target.split('?')
  const search = query.length > 0 ? `?${encodeURIComponent(query.join('?'))}` : ''
  return encodeURI(`${path || '/'}${search}`)
}

/** The content of a scheme for one request, as text and body. */
function contentOf(scheme: Scheme, method: string, url: string, names: readonly string[], read: HeaderReader): Scheme {
  const lines = [...names].sort().map((name) => {
    const value = read(name)
    if (value === undefined) throw new VerificationError('missing_header', name)
    return `${name}:${value}`
  })
  return { ...scheme, content: [{ text: `${method}\n${pathOf(url)}\n${lines.join(';')}\n` }, 'body'] }
}

/**
 * A proof over the method, the path, the body and those headers that one header lists.
 *
 * The list must hold itself and the time, or they would not be signed.
 */
export const signedHeaders = (list: string): ProofFormat => ({
  read(scheme, request) {
    const { read, method, url } = request
    const names = (read(list) ?? '').split(',').map((name) => name.toLowerCase())
    const needed = [list, (scheme.timestamp as InHeader).header]
    // What no header can be called makes `Headers` throw.
    const isSound =
      names.length <= mostHeaders && new Set(names).size === names.length && names.every((name) => fieldName.test(name))
    if (!isSound || !needed.every((name) => names.includes(name))) throw new VerificationError('malformed_header', list)
    const { matches } = readHeaders({ ...contentOf(scheme, method, url, names, read), id: undefined }, request)
    const place = scheme.id as (InHeader & { signed: boolean }) | undefined
    const id = place && read(place.header)
    return { identity: { id, idIsSigned: place !== undefined && names.includes(place.header) }, matches }
  },
  async write(scheme, request) {
    const { header } = scheme.timestamp as InHeader
    const headers: Record<string, string> = {
      [list]: [list, header].sort().join(','),
      [header]: formatTimestamp(request.time, scheme.unit),
    }
    const content = contentOf(scheme, request.method, request.url, [list, header], (name) => headers[name])
    const signed = await writeHeaders({ ...content, id: undefined, timestamp: undefined }, request)
    return { headers: { ...headers, ...signed.headers } }
  },
})
