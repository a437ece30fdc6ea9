import { escapes } from './escapes'
import { type Json, type Manner, writeJson } from './json'

/** One way to write JSON, with the name of who writes so. */
export interface NamedManner extends Manner {
  readonly name: string
  readonly end: string
}

/** One of several ways; the lower its rank, the likelier. */
interface Choice extends Partial<NamedManner> {
  readonly name: string
  readonly rank: number
}

/** A number as JavaScript prints it: the shortest digits, no zero fraction. */
const asJavaScript = (word: string) => (/^-?\d/.test(word) ? String(Number(word)) : word)

/** A number as Python prints a float; its integers are as they are. */
function asPython(word: string): string {
  if (!/^-?\d+(\.\d|e)/i.test(word)) return word
  const size = Math.abs(Number(word))
  const text = size !== 0 && (size >= 1e16 || size < 1e-4) ? Number(word).toExponential() : String(Number(word))
  if (!text.includes('e')) return text.includes('.') ? text : `${text}.0`
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

const layouts: readonly Choice[] = [
  { name: 'compact', rank: 0 },
  { name: 'with a space after each comma and colon (json.dumps in Python)', rank: 0.4, comma: ', ', colon: ': ' },
  { name: 'indented by 2 spaces', rank: 1, colon: ': ', indent: '  ' },
  { name: 'indented by 4 spaces', rank: 1.2, colon: ': ', indent: '    ' },
  { name: 'indented by tabs', rank: 2, colon: ': ', indent: '\t' },
  { name: 'indented, with a space before each colon (Jackson in Java)', rank: 3, colon: ' : ', indent: '  ' },
]

const words: readonly Choice[] = [
  { name: '', rank: 0 },
  { name: 'with numbers as JavaScript prints them', rank: 1.5, word: asJavaScript },
  { name: 'with numbers as Python prints them', rank: 1.6, word: asPython },
]

const orders: readonly Choice[] = [
  { name: '', rank: 0 },
  { name: 'with its names sorted', rank: 2, sorted: true },
]

const ends: readonly Choice[] = [
  { name: '', rank: 0 },
  { name: 'with a line feed at its end (Go, a file)', rank: 0.8, end: '\n' },
]

/** Nobody writes in a more unlikely manner. */
const mostRank = 4

const plain: NamedManner = {
  name: '',
  comma: ',',
  colon: ':',
  sorted: false,
  end: '',
  text: (text) => JSON.stringify(text),
  word: (word) => word,
}

/** Gathers every string, number and literal of a document. */
function gather(json: Json, texts: Set<string>, words: Set<string>): void {
  if (typeof json === 'string') words.add(json)
  else if ('text' in json) texts.add(json.text)
  else if ('items' in json) for (const item of json.items) gather(item, texts, words)
  else {
    for (const [name, value] of json.members) {
      texts.add(name)
      gather(value, texts, words)
    }
  }
}

/** A short document in which every choice makes a difference that makes one in the whole. */
function sampleOf(json: Json): Json {
  const texts = new Set<string>()
  const words = new Set<string>()
  gather(json, texts, words)
  return { items: [{ text: [...texts].join('') }, ...words] }
}

/** The choices that make a difference to a document. */
function distinct(json: Json, choices: readonly Choice[]): Choice[] {
  const seen = new Set<string>()
  return choices.filter((choice) => {
    const text = writeJson(json, { ...plain, ...choice })
    return !seen.has(text) && seen.add(text)
  })
}

/** Remembers what it wrote: most strings of a document are written again in each manner. */
function remembering(write: (text: string) => string): (text: string) => string {
  const written = new Map<string, string>()
  return (text) => {
    const before = written.get(text)
    if (before !== undefined) return before
    const now = write(text)
    written.set(text, now)
    return now
  }
}

/** Every combination of the choices, the likeliest first. */
function combine(axes: readonly (readonly Choice[])[]): NamedManner[] {
  let all: (NamedManner & Choice)[] = [{ ...plain, rank: 0 }]
  for (const choices of axes) {
    all = all.flatMap((manner) =>
      choices.map((choice) => ({
        ...manner,
        ...choice,
        name: [manner.name, choice.name].filter(Boolean).join(', '),
        rank: manner.rank + choice.rank,
      })),
    )
  }
  return all.filter(({ rank }) => rank <= mostRank).sort((left, right) => left.rank - right.rank)
}

/** Each number alone, then all, then the other sets of few. */
function* setsOf(count: number): Generator<(index: number) => boolean> {
  for (let one = 0; one < Math.min(count, 12); one++) yield (index) => index === one
  if (count > 1) yield () => true
  if (count > 5) return
  for (let set = 3; set < 2 ** count - 1; set++) if (set & (set - 1)) yield (index) => ((set >> index) & 1) === 1
}

const isInteger = (word: string) => /^-?\d+$/.test(word)

/** How many numbers may have lost a zero fraction. */
function integersOf(json: Json): number {
  if (typeof json === 'string') return isInteger(json) ? 1 : 0
  if ('text' in json) return 0
  const values = 'items' in json ? json.items : json.members.map(([, value]) => value)
  return values.reduce((sum, value) => sum + integersOf(value), 0)
}

/** The manners in which some of the integers have the zero fraction that JavaScript drops. */
function* withFractions(json: Json, simple: readonly NamedManner[]): Generator<NamedManner> {
  for (const isFloat of setsOf(integersOf(json))) {
    for (const manner of simple) {
      let index = 0
      const word = (raw: string) => (isInteger(raw) && isFloat(index++) ? `${raw}.0` : raw)
      yield { ...manner, word, name: `${manner.name}, with 1.0 where 1 is left` }
    }
  }
}

/** The manners in which a document looks different, the likeliest first. */
export function* mannersOf(json: Json): Generator<NamedManner> {
  const sample = sampleOf(json)
  const texts = distinct(sample, escapes).map((choice) => ({ ...choice, text: remembering(choice.text ?? plain.text) }))
  yield* combine([layouts, texts, distinct(json, orders), distinct(sample, words), ends])
  yield* withFractions(json, combine([layouts, texts].map((choices) => choices.filter(({ rank }) => rank <= 0.5))))
}
