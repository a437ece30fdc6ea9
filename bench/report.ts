import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('results/', import.meta.url))
const page = fileURLToPath(new URL('RESULTS.md', import.meta.url))

const intro = `# What was measured

Each benchmark runs its peers beside it, in one interleaved run, and gives ratios of medians: absolute figures are those of one machine. A section is
made anew by the command that it names.
`

/** The machine, the runtime and the day, as every section says them. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`

/** The middle of some figures. */
export const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] as number

/** A table in Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Keeps a section (Markdown that opens with `## `) under its name, and makes bench/RESULTS.md of all that are kept. */
export function writeSection(name: string, markdown: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.md`, `${markdown.trim()}\n`)
  const sections = readdirSync(folder).filter((file) => file.endsWith('.md'))
  writeFileSync(page, [intro, ...sections.sort().map((file) => readFileSync(`${folder}${file}`, 'utf8'))].join('\n'))
}
