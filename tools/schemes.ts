import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Scheme } from '../src/schemes/scheme'
import { root } from './entries'

// What is said of the schemes in more than one place is made here of their files: `npm run schemes`.

type Schemes = Readonly<Record<string, Scheme>>

/** Files of src/schemes/ that are no provider's. */
const machinery = ['define', 'index', 'make', 'proof', 'scheme', 'standard', 'timing']

const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const providers = readdirSync(`${root}src/schemes`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => !machinery.includes(name))
  .sort()

const sources = new Map(providers.map((name) => [name, read(`src/schemes/${name}.ts`)]))

/** What a file exports: schemes, factories of schemes, types. */
function exportsOf(source: string) {
  const names = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, name]) => name as string)
  return {
    schemes: names(/^export const (\w+)(?:: Scheme)? = \/\* @__PURE__ \*\//gm),
    factories: names(/^export (?:function|const) (\w+)(?=\(| = \()/gm),
    types: names(/^export (?:interface|type) (\w+)/gm),
  }
}

/** Names in lines of a bearable length. */
function wrap(names: readonly string[]): string {
  let line = ''
  const lines: string[] = []
  for (const name of names) {
    if (line.length + name.length > 110) lines.push(line.trim())
    line = line.length + name.length > 110 ? `${name}, ` : `${line}${name}, `
  }
  return `\n  ${[...lines, line.trim()].join('\n  ')}\n`
}

/** src/schemes/index.ts: every provider by name, and all of them in a list. */
export function makeIndex(): string {
  const all = [...sources].map(([file, source]) => ({ file, ...exportsOf(source) }))
  const names = all.flatMap((one) => one.schemes).sort((left, right) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1))
  const lines = all.flatMap(({ file, schemes, factories, types }) => [
    ...(schemes.length > 0 ? [`import { ${schemes.join(', ')} } from './${file}'`] : []),
    ...(factories.length > 0 ? [`export { ${factories.join(', ')} } from './${file}'`] : []),
    ...(types.length > 0 ? [`export type { ${types.join(', ')} } from './${file}'`] : []),
  ])
  return `// Made by \`npm run schemes\` of the files beside it.

import type { Scheme } from './scheme'
${lines.join('\n')}

export { ecdsaP256, ecdsaP256Der } from '../crypto/ecdsa'
export { ed25519 } from '../crypto/ed25519'
export { rsaPssSha512, rsaSha1, rsaSha256 } from '../crypto/rsa'
export { token } from '../crypto/token'
export type { CertificateFetch, CertificateOptions } from './proofs/certificates'
// biome-ignore format: a list that nobody edits
export {${wrap(names)}}

const byName = (all: readonly Scheme[]) => Object.fromEntries(all.map((scheme) => [scheme.name, scheme]))

/** Every scheme by its kebab-case name. Importing it brings them all; import one by name to bring that one. */
export const schemes: Readonly<Record<string, Scheme>> = /* @__PURE__ */ byName(
  // biome-ignore format: a list that nobody edits
  [${wrap(names)}],
)
`
}

/** What the comment above a scheme says: its own words, and the vendor's page. */
function commentOf(name: string) {
  for (const source of sources.values()) {
    const match = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport const ${name}\\b`).exec(source)
    if (!match) continue
    const text = (match[1] as string)
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .replace(/\{@link (\w+)\}/g, '`$1`')
      .trim()
    const [, words = text, page] = /^(.*?) ?Source: (\S+)\.$/.exec(text) ?? []
    return { words, page, unsigned: /Not signed: (.*?)\. /.exec(`${words} `)?.[1] }
  }
  throw new Error(`No comment above ${name}`)
}

const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

interface Vector {
  readonly scheme: string
  readonly expected: string
  readonly provenance?: string
}

const vectors: readonly Vector[] = ['signatures', 'rfc9421'].flatMap((name) => JSON.parse(read(`test/vectors/${name}.json`)))
const packages: Readonly<Record<string, string>> = {
  ...JSON.parse(read('test/vendors/packages.json')),
  // These need a certificate, or requests of more kinds: certificates.test.ts, rfc9421-interoperation.test.ts.
  'aws-sns': 'sns-validator',
  'aws-sns-v1': 'sns-validator',
  ...Object.fromEntries(
    ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512'].map((name) => [
      `rfc9421-${name}`,
      'http-message-signatures',
    ]),
  ),
}

/** What a scheme was checked against: the tests say so. */
function checkedAgainst(name: string): string {
  const isOfficial = vectors.some(
    ({ scheme, expected, provenance = '' }) => scheme === name && expected === 'valid' && provenance.startsWith('official'),
  )
  const checks = [...(isOfficial ? ['an official vector'] : []), ...(packages[name] ? [`\`${packages[name]}\``] : [])]
  return checks.join(', ') || 'its documentation alone'
}

const header = (name: string) => `\`${name}\``
const place = (at: { header: string } | { body: string } | undefined) =>
  at === undefined ? '' : 'header' in at ? header(at.header) : `body \`${at.body}\``

function span(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]
  const [size, unit] = units.find(([size]) => seconds >= 2 * size || seconds === size) ?? [1, 's']
  return `${Math.round((seconds / size) * 10) / 10} ${unit}`
}

/** What anybody on the way can change without being found out, as far as the scheme’s data says it. */
function unsignedBy({ content, id, type, timestamp, algorithm, signature }: Scheme): string {
  if (algorithm.name === 'token') return 'everything: a token is sent, nothing is signed'
  const parts: string[] = []
  if (id && 'header' in id && !id.signed) parts.push(`the id ${header(id.header)}`)
  if (type && 'header' in type) parts.push(`the type ${header(type.header)}`)
  if ('body' in signature) {
    const signed = content.flatMap((part) => (typeof part === 'object' && 'body' in part ? `\`${part.body}\`` : []))
    parts.push(`all of the body but ${signed.join(', ')}`)
  }
  if (!timestamp) parts.push('any time: a request can be replayed after its retention')
  return parts.join('; ') || 'nothing but other headers'
}

function idOf(scheme: Scheme): string {
  const { id } = scheme
  const hash = scheme.bodyIsKey ? 'a hash of the body' : ''
  const isKey = id && ('header' in id ? id.signed : true)
  return isKey
    ? [place(id), hash].filter(Boolean).join(', else ')
    : [hash, id && `(${place(id)} is not signed)`].filter(Boolean).join(' ')
}

function retriesOf({ retry }: Scheme): string {
  if (retry === undefined) return 'unknown'
  if (retry === 'none') return 'none'
  return `${span(retry.windowSeconds)}${retry.resigned ? '' : ', the very bytes'}`
}

/** docs/schemes.md: what each scheme knows. */
export function makeGuide(schemes: Schemes): string {
  const rows = Object.values(schemes).map((scheme) => {
    const { words, page, unsigned = unsignedBy(scheme) } = commentOf(camel(scheme.name))
    const time = scheme.timestamp
      ? scheme.toleranceSeconds === false
        ? 'signed, not checked'
        : `± ${span(scheme.toleranceSeconds)}`
      : 'none'
    const cells = [
      `\`${camel(scheme.name)}\``,
      idOf(scheme),
      place(scheme.type),
      time,
      retriesOf(scheme),
      unsigned,
      checkedAgainst(scheme.name),
    ]
    return { cells, words, page, name: camel(scheme.name), handshake: scheme.handshake?.method }
  })
  const table = rows.map(({ cells }) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
  const notes = rows
    .map(({ name, words, page }) => `- \`${name}\`: ${words}${page ? ` ([source](https://${page}))` : ''}`)
    .join('\n')
  const handshakes = rows.filter(({ handshake }) => handshake).map(({ name, handshake }) => `\`${name}\` (${handshake})`)
  return `${guideHead.replace('COUNT', String(rows.length))}
| scheme | the event's key | type | time | retries for | not signed | checked against |
|---|---|---|---|---|---|---|
${table}

## In words

${notes}

## Handshakes

Answered by the receiver, without your handler: ${handshakes.join(', ')}, and \`awsSnsWith({ confirm: true })\`.

Some need a little more than a secret: [Providers](providers.md) has the recipes.
`
}

const guideHead = `# Schemes

<!-- Made by \`npm run schemes\` of src/schemes/ and test/vectors/. -->

How COUNT schemes sign, what they know of an event, and what each was checked against. Import one by its name:
\`import { stripe } from 'countersign/schemes'\`.

- **The event's key** is the last part of the idempotency key. An id that is not signed never is.
- **Time**: how far the signed time may be from now, in both directions; \`toleranceSeconds\` changes it.
- **Retries for**: how long the sender repeats an event. Keys are remembered for twice as long, and at least seven days.
- **Not signed**: what anybody who can change a request on its way, or send it again, can change without being found out.
- **Checked against**: signatures that the vendor published, or the vendor's own package, which signs and verifies random bodies in our
  tests; else the vendor's documentation alone.
`

/** The names in the README. */
export function makeReadme(schemes: Schemes): string {
  const names = Object.values(schemes).map(({ name }) => `\`${camel(name)}\``)
  const list = `<!-- schemes -->\n${names.join(', ')}\n<!-- /schemes -->`
  return read('README.md').replace(/<!-- schemes -->[\s\S]*<!-- \/schemes -->/, list)
}

/** The files that are made of the schemes. */
export const made = { 'docs/schemes.md': makeGuide, 'README.md': makeReadme } as const

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(`${root}src/schemes/index.ts`, makeIndex())
  const { schemes } = await import('../src/schemes/index')
  for (const [path, make] of Object.entries(made)) writeFileSync(`${root}${path}`, make(schemes))
}
