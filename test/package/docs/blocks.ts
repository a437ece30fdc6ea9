/** A code block of a document, and how it is run. */
export interface Block {
  /** The document's path and the line of the block's first line of code, as `README.md:12`. */
  readonly place: string
  readonly language: 'ts' | 'js'
  readonly code: string
  /** What stands before the block: `<!-- run: receiver { "scheme": "github" } -->`. Undefined: it runs and ends by itself. */
  readonly drive: { readonly name: string; readonly options: unknown } | undefined
  /** The example that the block shows: `<!-- from: examples/frameworks/hono.ts -->`. It is started by tests of its own. */
  readonly from?: string
}

const fence = /^(?<marks>`{3,}|~{3,})(?<language>\w*)[^\n]*\n(?<code>.*?)^\k<marks>$/gms
const comment = /<!-- run: (?<name>[\w-]+)(?<options>.*?) -->\s*$/s
const source = /<!-- from: (?<path>\S+) -->\s*$/
const runnable: Readonly<Record<string, Block['language']>> = { ts: 'ts', typescript: 'ts', js: 'js', javascript: 'js' }

/** The blocks of a document that are code of ours: `ts` and `js`. Others, such as `sh` and `json`, are not run. */
export function blocksOf(document: string, markdown: string): Block[] {
  const matches = [...markdown.matchAll(fence)]
  return matches.flatMap((match, at) => {
    const { language: name = '', code = '' } = match.groups ?? {}
    const language = runnable[name]
    if (!language) return []
    const previous = matches[at - 1]
    const before = markdown.slice(previous ? previous.index + previous[0].length : 0, match.index)
    const { groups } = comment.exec(before) ?? {}
    const drive = groups && { name: groups['name'] as string, options: JSON.parse(groups['options']?.trim() || '{}') as unknown }
    const from = source.exec(before)?.groups?.['path']
    const line = markdown.slice(0, match.index).split('\n').length + 1
    return [{ place: `${document}:${line}`, language, code, drive, ...(from !== undefined && { from }) }]
  })
}
