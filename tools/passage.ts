import { readFileSync, writeFileSync } from 'node:fs'
import { root } from './entries'

/** Replaces what stands in a document between `<!-- name -->` and `<!-- /name -->`: how a long run leaves its result there. */
export function replacePassage(document: string, name: string, markdown: string): void {
  const path = `${root}${document}`
  const text = readFileSync(path, 'utf8')
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${document} has no place for ${name}.`)
  writeFileSync(path, `${text.slice(0, from)}${begin}\n${markdown.trim()}\n${text.slice(to)}`)
}

/** When and where a result was found. */
export const occasion = () => `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}`
