import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { root } from '../../tools/entries'

/** The long form is `npm run faults`, which writes what it found into docs/guarantees.md. */
export const isLong = process.env['FAULTS'] === 'long'

const page = `${root}docs/guarantees.md`
const day = () => `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores`

/** Keeps a row of a table of the page, which stands between two comments of its name; the first cells say which row it is. */
export function report(name: string, cells: readonly (string | number)[]): void {
  if (!isLong) return
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/guarantees.md has no place for ${name}.`)
  const lines = text
    .slice(from + begin.length, to)
    .trim()
    .split('\n')
  const isSame = (line: string) => line.split('|').slice(1, 3).join().replaceAll(' ', '') === cells.slice(0, 2).join()
  const rows = [...lines.filter((line) => !isSame(line)), `| ${[...cells, day()].join(' | ')} |`]
  writeFileSync(page, `${text.slice(0, from)}${begin}\n${rows.join('\n')}\n${text.slice(to)}`)
}
