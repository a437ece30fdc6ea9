import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { root } from './entries'

// docs/licences.md is made here of the lock files: `npm run licences`.

const locks = {
  'package-lock.json': 'what builds and tests the package, and the peers that it is compared with',
  'test/runtimes/package-lock.json': 'other runtimes',
  'test/servers/package-lock.json': 'DynamoDB Local',
  'test/frameworks/package-lock.json': 'the frameworks that receivers are mounted in',
  'test/fuzz/guided/package-lock.json': 'the fuzzer that is led by coverage',
} as const

/** Licences that let us use a tool without asking anything of what we make with it. */
const allowed = [
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0'],
  ...['WTFPL', 'Python-2.0'],
]

interface Exception {
  readonly licences: readonly string[]
  readonly why: string
}

/** What says nothing of the list, looked at one by one. */
const exceptions: Readonly<Record<string, Exception>> = {
  '@img/sharp': {
    licences: ['LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later AND MIT'],
    why: 'comes with frameworks, for images; a library of its own, unchanged, and given to nobody',
  },
  busboy: { licences: ['none'], why: 'MIT, in the list of an older form' },
  'caniuse-lite': { licences: ['CC-BY-4.0'], why: 'data about browsers, of which nothing goes into the package' },
  lightningcss: { licences: ['MPL-2.0'], why: 'comes with Vite, unchanged; its duties end at its own files' },
  spawndamnit: { licences: ['SEE LICENSE IN LICENSE'], why: 'the file is the MIT licence' },
  'starkbank-ecdsa': { licences: ['MIT License'], why: 'MIT, spelled otherwise' },
  streamsearch: { licences: ['none'], why: 'MIT, in the list of an older form' },
  'typescript-json-schema': { licences: ['none'], why: 'BSD-3-Clause, in the list of an older form' },
}

interface Package {
  readonly name: string
  readonly licence: string
}

/** The packages of a lock file, each version by itself. */
export function packagesOf(lock: string): Package[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, { license?: string; link?: boolean; name?: string }> }
  return Object.entries(packages)
    .filter(([path, { link }]) => path !== '' && !link)
    .map(([path, { license = 'none', name }]) => ({
      name: name ?? (path.split('node_modules/').at(-1) as string),
      licence: license,
    }))
}

/** The exception that a package falls under; its builds for one platform fall under that of the package. */
const exceptionOf = ({ name, licence }: Package) =>
  Object.entries(exceptions).find(
    ([known, exception]) => (name === known || name.startsWith(`${known}-`)) && exception.licences.includes(licence),
  )?.[0]

/** Whether a licence, or one of those to choose from, is on the list. */
const isAllowed = (licence: string) =>
  licence
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((one) => allowed.includes(one))

/** Packages whose licence nobody has looked at. */
export const strangersIn = (packages: readonly Package[]): string[] =>
  packages.filter((one) => !isAllowed(one.licence) && !exceptionOf(one)).map(({ name, licence }) => `${name}: ${licence}`)

/** Every package that is locked anywhere in the project. */
export const everyPackage = (): Package[] => Object.keys(locks).flatMap((path) => packagesOf(readFileSync(root + path, 'utf8')))

/** docs/licences.md. */
export function makePage(): string {
  const packages = everyPackage()
  const counts = new Map<string, number>()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const rows = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
  const used = new Set(packages.map(exceptionOf))
  return `# Licences

<!-- Made by \`npm run licences\` of the lock files. -->

The package is under the MIT licence and contains nobody else's code. What it is developed with is never installed with it:

${Object.entries(locks)
  .map(([path, what]) => `- \`${path}\`: ${what}`)
  .join('\n')}

| licence | packages |
|---|---|
${rows.map(([licence, count]) => `| ${licence} | ${count} |`).join('\n')}
| together | ${packages.length} |

Where a licence is not on the list in \`tools/licences.ts\`, somebody has looked:

${Object.entries(exceptions)
  .filter(([name]) => used.has(name))
  .map(([name, { licences, why }]) => `- \`${name}\` (${licences.join('; ')}): ${why}.`)
  .join('\n')}
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(`${root}docs/licences.md`, makePage())
