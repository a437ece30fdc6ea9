import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Entry {
  /** What a user writes, such as `countersign/stores/postgres`. */
  readonly specifier: string
  /** The path below dist/ and src/, without its extension. */
  readonly stem: string
  /** The absolute path of its source. */
  readonly source: string
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly import: { readonly default: string } }>>
}

export const root = fileURLToPath(new URL('..', import.meta.url))
const { name, exports }: Manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/** The public entries. `exports` in package.json is the only list of them: dist/ is laid out as src/ is. */
export const entries: readonly Entry[] = Object.entries(exports).flatMap(([path, target]) => {
  if (typeof target === 'string') return []
  const stem = target.import.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
  return [{ specifier: `${name}${path.slice(1)}`, stem, source: `${root}src/${stem}.ts` }]
})
