import type { Decisions } from './decisions'

/** A request in pieces; a name may be there twice, and a value may be an array. */
export interface Pieces {
  headers: [name: string, value: string | string[]][]
  body: Uint8Array
  url: string
  method: string
}

/** What has a meaning to somebody's parser. */
const tokens = [
  ...['', ' ', '.', ',', ';', '=', ':', '/', '"', '\\', '\t', '\n', '\r\n', '\0', ', ', '%00', '+', '-', '_', '==', '[]', '{}'],
  ...[
    'v0=',
    'v1=',
    'v1,',
    'v1a,',
    't=',
    'sha1=',
    'sha256=',
    's=',
    'h1=',
    'Basic ',
    'sig1=:',
    '()',
    ';created=',
    'keyid="',
    'alg="none"',
  ],
  ...['0', '1', '-1', '+1', '01', '1e9', '0x10', '1.0', '9'.repeat(13), '9'.repeat(20), 'NaN', 'Infinity', '１２３', '٣'],
  ...['__proto__', 'constructor', 'null', 'undefined', 'é', 'ÿ', '\u{1F600}', '\ufeff', '2026-02-30T25:61:00Z'],
]
const invalid = [0x00, 0x0a, 0x20, 0x2e, 0x7b, 0x7d, 0x80, 0xc0, 0xef, 0xff]

const textOf = (value: string | string[]) => (typeof value === 'string' ? value : value.join(', '))
const splice = (text: string, at: number, removed: number, added: string) => text.slice(0, at) + added + text.slice(at + removed)

/** No server lets longer headers through. */
const cut = (value: string | string[]) => (typeof value === 'string' ? value.slice(0, 16_384) : value)

/** Changes one text in one way. */
const ofText: readonly ((text: string, decide: Decisions, other: string) => string | string[])[] = [
  (text, decide) => splice(text, decide.below(text.length + 1), 1, String.fromCharCode(decide.below(256))),
  (text, decide) => splice(text, decide.below(text.length + 1), 0, decide.pick(tokens)),
  (text, decide) => splice(text, decide.below(text.length + 1), decide.below(8), ''),
  (text, decide) => splice(text, decide.below(text.length + 1), decide.below(8), decide.pick(tokens)),
  (text, decide) => text.slice(0, decide.below(text.length + 1)),
  (text, decide) => text.slice(decide.below(text.length + 1)),
  (_, decide) => decide.pick(tokens),
  (text, decide) => `${text}${decide.pick([',', ', ', ' ', ';', '.', ''])}${text}`,
  (text, decide) => `${text}${decide.pick([',', ', ', ' ', ';', '.', ''])}`.repeat(decide.pick([2, 17, 300])),
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text, decide) => `${decide.pick(tokens)}${text}${decide.pick(tokens)}`,
  (text, decide) => text.replace(/\d+/, (digits) => String(Number(digits) + decide.pick([-1, 1, 10, -300, 301, 1e9]))),
  (text) => text.replace(/\d{10,}/, (digits) => (digits.length > 11 ? digits.slice(0, -3) : `${digits}000`)),
  (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  (text) => text.replace(/=+$/, ''),
  (text) => [text, text],
  (text, decide) => [text, decide.pick(tokens)],
  () => [],
  (_, __, other) => other,
  (text, decide, other) => text.slice(0, decide.below(text.length + 1)) + other.slice(decide.below(other.length + 1)),
]

const ofBody: readonly ((body: Uint8Array, decide: Decisions, other: Uint8Array) => Uint8Array)[] = [
  (body, decide) => (body.length === 0 ? body : body.with(decide.below(body.length), decide.below(256))),
  (body, decide) => Uint8Array.of(...body, decide.pick(invalid)),
  (body, decide) => Uint8Array.of(decide.pick(invalid), ...body),
  (body, decide) => body.slice(0, decide.below(body.length + 1)),
  (body, decide) => body.slice(decide.below(body.length + 1)),
  (body, decide) => {
    const at = decide.below(body.length + 1)
    return Uint8Array.of(...body.slice(0, at), ...new TextEncoder().encode(decide.pick(tokens)), ...body.slice(at))
  },
  (body) => Uint8Array.of(...body, ...body),
  () => new Uint8Array(),
  (_, __, other) => other,
]

/** Changes a request in one way; `other` is a second genuine one of the same sender. */
const ofPieces: readonly ((pieces: Pieces, decide: Decisions, other: Pieces) => void)[] = [
  ...Array.from({ length: 6 }, () => (pieces: Pieces, decide: Decisions, other: Pieces) => {
    const header = decide.pick(pieces.headers)
    if (header) header[1] = cut(decide.pick(ofText)(textOf(header[1]), decide, textOf(decide.pick(other.headers)?.[1] ?? '')))
  }),
  ({ headers }, decide) => void headers.splice(decide.below(headers.length), 1),
  ({ headers }, decide) => {
    const [name, value] = decide.pick(headers) ?? ['', '']
    headers.push([decide.pick([name, name.toUpperCase()]), decide.pick([value, ...tokens])])
  },
  ({ headers }, decide, other) => {
    const header = decide.pick(headers)
    const genuine = header && other.headers.find(([name]) => name === header[0])
    if (genuine) header[1] = genuine[1]
  },
  // What is joined is cut elsewhere: the end of one value, or the beginning of the body, changes sides.
  (pieces, decide) => {
    const [from, to] = [decide.pick(pieces.headers), decide.pick(pieces.headers)]
    if (!from || !to) return
    const [text, cut] = [textOf(from[1]), 1 + decide.below(4)]
    from[1] = text.slice(0, -cut)
    to[1] = text.slice(-cut) + textOf(to[1])
  },
  (pieces, decide) => {
    const to = decide.pick(pieces.headers)
    const cut = 1 + decide.below(4)
    if (!to) return
    to[1] = textOf(to[1]) + String.fromCharCode(...pieces.body.slice(0, cut))
    pieces.body = pieces.body.slice(cut)
  },
  ...Array.from({ length: 2 }, () => (pieces: Pieces, decide: Decisions, other: Pieces) => {
    pieces.body = decide.pick(ofBody)(pieces.body, decide, other.body)
  }),
  (pieces, decide) => {
    pieces.url += decide.pick(['&b=2', '/', '#x', '%20', '?', '&a=1'])
  },
]

/** A request with one to five changes. */
export function mutate(genuine: Pieces, decide: Decisions, other: Pieces): Pieces {
  const pieces = { ...genuine, headers: genuine.headers.map(([name, value]): [string, string | string[]] => [name, value]) }
  const changes = 1 + decide.below(5)
  for (let change = 0; change < changes && (change === 0 || !decide.isOver); change++) {
    decide.pick(ofPieces)(pieces, decide, other)
  }
  return pieces
}
