import type { Cause } from './causes'
import { type Case, type Guess, type Hypothesis, headerOf, signs } from './evidence'
import { suspect } from './explanation'

/** A URL in the pieces that proxies change, as text: what is signed is never normalised. */
interface Pieces {
  readonly protocol: string
  readonly host: string
  readonly port: string
  readonly path: string
  readonly query: string
}

const causes: Readonly<Record<keyof Pieces, Cause>> = {
  host: 'url_host',
  protocol: 'url_protocol',
  port: 'url_port',
  path: 'url_path',
  query: 'url_query',
}

const names = Object.keys(causes) as (keyof Pieces)[]

const write = ({ protocol, host, port, path, query }: Pieces) => `${protocol}//${host}${port}${path}${query}`

function read(url: string): Pieces | undefined {
  const match = /^(https?:)\/\/([^/?#:]+|\[[^\]]+\])(:\d+)?([^?#]*)(\?[^#]*)?/i.exec(url)
  if (!match) return undefined
  const [, protocol = '', host = '', port = '', path = '', query = ''] = match
  return { protocol, host, port, path, query }
}

/** A path decoded, where it can be. */
function decoded(text: string): string {
  try {
    return decodeURI(text)
  } catch {
    return text
  }
}

/** What each piece may have been before a proxy changed it; the first is as it is. */
function alternatives({ headers }: Case, given: Pieces): { readonly [Name in keyof Pieces]: readonly string[] } {
  const first = (name: string) => headerOf(headers, name)?.split(',')[0]?.trim() ?? ''
  const forwarded = (name: string) => new RegExp(`${name}="?([^";,]+)`, 'i').exec(headerOf(headers, 'forwarded') ?? '')?.[1] ?? ''
  const protocols = [first('x-forwarded-proto'), forwarded('proto')].filter(Boolean).map((protocol) => `${protocol}:`)
  const places = ['x-forwarded-host', 'x-original-host', 'host', ':authority'].map(first).concat(forwarded('host'))
  const sites = places.flatMap((place) => read(`https://${place}`) ?? [])
  const ports = ['x-forwarded-port']
    .map(first)
    .filter(Boolean)
    .map((port) => `:${port}`)
  const targets = [
    'x-original-uri',
    'x-original-url',
    'x-forwarded-uri',
    'x-rewrite-url',
    'x-envoy-original-path',
    'x-replaced-path',
  ]
    .map(first)
    .filter(Boolean)
    .flatMap((target) => read(target.startsWith('/') ? `https://host${target}` : target) ?? [])
  const { protocol, host, port, path, query } = given
  const prefixes = ['x-forwarded-prefix', 'x-forwarded-path', 'x-script-name'].map(first).filter(Boolean)
  const distinct = (values: readonly string[], most: number) => [...new Set(values)].slice(0, most)
  return {
    protocol: distinct([protocol, ...protocols, 'https:', 'http:'], 3),
    host: distinct([host, ...sites.map((site) => site.host), host.replace(/^(www\.)?/, (www) => (www ? '' : 'www.'))], 5),
    port: distinct([port, '', ...sites.map((site) => site.port), ...ports, ':443', ':80', ':3000', ':8080', ':8443'], 8),
    path: distinct(
      [
        path,
        ...targets.map((target) => target.path),
        ...prefixes.map((prefix) => prefix.replace(/\/$/, '') + path),
        path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
        decoded(path),
        encodeURI(decoded(path)),
        path.toLowerCase(),
      ],
      8,
    ),
    query: distinct([query, ...targets.map((target) => target.query), '', query.replace(/%20/g, '+'), decoded(query)], 4),
  }
}

const mostUrls = 400

/** Every URL that the sender may have called, those with the fewest differences first. */
function urlsOf(request: Case, given: Pieces): { readonly pieces: Pieces; readonly changed: readonly (keyof Pieces)[] }[] {
  const choices = alternatives(request, given)
  let all: Pieces[] = [given]
  for (const name of names) all = choices[name].flatMap((value) => all.map((pieces) => ({ ...pieces, [name]: value })))
  return all
    .map((pieces) => ({ pieces, changed: names.filter((name) => pieces[name] !== given[name]) }))
    .filter(({ changed }) => changed.length > 0)
    .sort((left, right) => left.changed.length - right.changed.length)
    .slice(0, mostUrls)
}

/** A piece in words; a query may hold a token. */
const show = (name: keyof Pieces, { [name]: value }: Pieces) =>
  value === '' ? `no ${name}` : name === 'query' ? 'another query' : `the ${name} ${value.replace(/^:|:$/g, '').slice(0, 60)}`

/** Whether the sender called another URL than the receiver saw, for schemes that sign it. */
export const urlHypotheses: readonly Hypothesis[] = [
  {
    part: 'url',
    rulesOut: 'another URL (protocol, host, port, path, trailing slash, query; what the headers of proxies say)',
    *guesses(request) {
      const { scheme, url } = request
      const given = url === undefined || !signs(scheme, 'url') ? undefined : read(url)
      if (given === undefined) return
      for (const { pieces, changed } of urlsOf(request, given)) {
        const differences = changed.map((name) => `${show(name, pieces)} instead of ${show(name, given)}`)
        const origin = `${pieces.protocol}//${pieces.host}${pieces.port}`
        const mend = `Give the URL that the sender calls: webhook({ publicUrl: '${origin}${changed.includes('path') ? pieces.path : ''}', … }), or \`url\` of verify().`
        const [first = 'path'] = changed
        yield {
          ...suspect(causes[first], `The sender signed a URL with ${differences.join(', and ')}.`, mend),
          change: { url: write(pieces) },
        } satisfies Guess
      }
    },
  },
  {
    part: 'url',
    rulesOut: 'another method',
    *guesses({ scheme, method }) {
      if (!signs(scheme, 'method')) return
      for (const other of ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', method.toUpperCase(), method.toLowerCase()]) {
        if (other === method) continue
        yield { ...suspect('method', `The sender signed the method ${other}.`), change: { method: other } }
      }
    },
  },
]
