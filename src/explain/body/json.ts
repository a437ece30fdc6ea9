/** JSON as it was written: order, repeated names and the digits of numbers are kept. A string is a number or a literal. */
export type Json =
  | string
  | { readonly text: string }
  | { readonly items: readonly Json[] }
  | { readonly members: readonly (readonly [string, Json])[] }

/** Deeper than any event, and shallow enough for recursion and for indentation. */
const mostDepth = 64

const token = /[ \t\n\r]*(?:([{}[\],:])|"([^"\\]*(?:\\.[^"\\]*)*)"|([-+.\w]+))/y

/** What a text says in JSON, or undefined where it is none. */
export function readJson(source: string): Json | undefined {
  let at = 0
  const next = (): RegExpExecArray => {
    token.lastIndex = at
    const match = token.exec(source)
    if (!match) throw new SyntaxError()
    at = token.lastIndex
    return match
  }
  const unquoted = (raw: string): string => (raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw)

  function readValue([, mark, raw, word]: RegExpExecArray, depth: number): Json {
    if (word !== undefined) return word
    if (raw !== undefined) return { text: unquoted(raw) }
    if (depth > mostDepth) throw new SyntaxError()
    if (mark === '[') return { items: [...readAll(']', (first) => readValue(first, depth + 1))] }
    if (mark === '{') return { members: [...readAll('}', (first) => readMember(first, depth + 1))] }
    throw new SyntaxError()
  }

  function readMember([, , name]: RegExpExecArray, depth: number): readonly [string, Json] {
    if (name === undefined || next()[1] !== ':') throw new SyntaxError()
    return [unquoted(name), readValue(next(), depth)]
  }

  function* readAll<Item>(end: string, read: (first: RegExpExecArray) => Item): Generator<Item> {
    let match = next()
    if (match[1] === end) return
    for (;;) {
      yield read(match)
      const { 1: mark } = next()
      if (mark === end) return
      if (mark !== ',') throw new SyntaxError()
      match = next()
    }
  }

  try {
    const value = readValue(next(), 0)
    return source.slice(at).trim() === '' ? value : undefined
  } catch {
    return undefined
  }
}

/** How a library writes JSON. */
export interface Manner {
  readonly comma: string
  readonly colon: string
  /** What one level is indented by; none where all is in one line. */
  readonly indent?: string | undefined
  readonly sorted: boolean
  /** A string with its quotes. */
  text(text: string): string
  /** A number or a literal, of how it was written. */
  word(word: string): string
}

const byName = ([left]: readonly [string, Json], [right]: readonly [string, Json]) => (left < right ? -1 : left > right ? 1 : 0)

/** Writes JSON in a manner. */
export function writeJson(json: Json, manner: Manner): string {
  const { comma, colon, indent, sorted } = manner
  const block = (open: string, entries: readonly string[], close: string, lead: string): string => {
    if (entries.length === 0) return open + close
    if (indent === undefined) return open + entries.join(comma) + close
    const line = `\n${lead}${indent}`
    return `${open}${line}${entries.join(`,${line}`)}\n${lead}${close}`
  }
  const write = (value: Json, lead: string): string => {
    if (typeof value === 'string') return manner.word(value)
    if ('text' in value) return manner.text(value.text)
    const within = lead + (indent ?? '')
    if ('items' in value)
      return block(
        '[',
        value.items.map((item) => write(item, within)),
        ']',
        lead,
      )
    const members = sorted ? value.members.toSorted(byName) : value.members
    const entries = members.map(([name, member]) => `${manner.text(name)}${colon}${write(member, within)}`)
    return block('{', entries, '}', lead)
  }
  return write(json, '')
}
