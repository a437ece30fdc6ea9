import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { root } from '../../tools/entries'

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({ name, path: `${parentPath}/${name}`, text: readFileSync(`${parentPath}/${name}`, 'utf8') }))
    .sort((left, right) => (left.path < right.path ? -1 : 1))

/** How many bytes the files of a folder take, for each ending and together. */
export function bytesByKind(folder: string): Record<string, number> {
  const sums: Record<string, number> = { all: 0 }
  for (const { name, text } of filesIn(folder)) {
    const bytes = Buffer.byteLength(text)
    for (const kind of ['all', name.replace(/^.*?\.(?=d\.|\w+$)/, '')]) sums[kind] = (sums[kind] ?? 0) + bytes
  }
  return sums
}

/** What belongs in no package: where it was made, where its tools came from, its tests, and anything that looks like a secret. */
const strays: readonly (readonly [string, RegExp | string])[] = [
  ['the folder it was made in', root],
  ['a temporary folder', `${tmpdir()}/`],
  ['a home', /\/(home|root|Users)\/|[A-Z]:\\/],
  ['a host', /\bregistry\.[\w-]+/],
  ['a map', 'sourceMappingURL'],
  ['a test', /\bfrom ['"](vitest|fast-check)|\bdescribe\(['"`]/],
  ['a token', /\b(npm_|gh[pousr]_)[A-Za-z0-9]{36}|\bAKIA[A-Z0-9]{16}\b/],
  ['a private key', /PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/],
  ['a secret of a webhook', /\bwhs(ec|k)_[A-Za-z0-9+/]{24}/],
]

/** Files of a folder that hold what belongs in no package, and the first such thing in each. */
export function findStrays(folder: string): string[] {
  return filesIn(folder).flatMap(({ name, text }) => {
    const stray = strays.find(([, sign]) => (typeof sign === 'string' ? text.includes(sign) : sign.test(text)))
    return stray ? [`${name}: ${stray[0]}`] : []
  })
}
