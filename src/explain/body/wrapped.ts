import { decode } from '../../core/encoding'
import type { Guess, Hypothesis } from '../evidence'
import { bodyGuess } from './guess'

/** Undoes base64 of either alphabet, with or without padding and line ends. */
export function fromBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s+/g, '')
  if (compact === '' || !/^[\w+/-]+={0,2}$/.test(compact)) return undefined
  return decode(compact.replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_'), 'base64url')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256

/** The bytes that a text lists: JSON of a Buffer or a Uint8Array, or numbers with commas. */
function printedBytes(text: string): Uint8Array | undefined {
  const isList = /^\d{1,3}(,\d{1,3})*$/.test(text)
  if (!isList && !/^\s*(\[\s*\d|\{\s*"(type|0)")/.test(text)) return undefined
  const value = parse(isList ? `[${text}]` : text)
  if (typeof value !== 'object' || value === null) return undefined
  const isBuffer = 'type' in value && value.type === 'Buffer' && 'data' in value
  const bytes: unknown[] = Object.values(isBuffer ? (value.data as object) : value)
  return bytes.length > 0 && bytes.every(isByte) ? Uint8Array.from(bytes) : undefined
}

/** What may carry a body as a text of its own: events of functions, queues and gateways. */
function* fromEnvelope(text: string): Generator<Guess> {
  const value = /^\s*\{/.test(text) ? parse(text) : undefined
  if (typeof value !== 'object' || value === null) return
  for (const name of ['body', 'rawBody', 'payload', 'data', 'message', 'Message', 'content']) {
    const inner: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    if (typeof inner !== 'string') continue
    const explanation = `The body is an event that carries the signed text in its member "${name}"`
    yield bodyGuess('body_enveloped', `${explanation}.`, inner)
    const bytes = fromBase64(inner)
    if (bytes) yield bodyGuess('body_enveloped', `${explanation}, in base64.`, bytes)
  }
}

/** Something around the body that was not there when it was signed. */
export const wrapped: readonly Hypothesis[] = [
  {
    part: 'body',
    rulesOut: 'a body that is still in base64 or hex',
    *guesses({ text }) {
      if (text === undefined) return
      const bytes = fromBase64(text.trim().replace(/^"(.*)"$/, '$1'))
      if (bytes) yield bodyGuess('body_base64', 'The body is still in base64, as API Gateway hands it to a function.', bytes)
      const hex = decode(text.trim().toLowerCase(), 'hex')
      if (hex?.length) yield bodyGuess('body_base64', 'The body is still in hex.', hex)
    },
  },
  {
    part: 'body',
    rulesOut: 'a JSON text inside a JSON string',
    *guesses({ text }) {
      if (text === undefined) return
      const inner = /^\s*"/.test(text) ? parse(text) : undefined
      if (typeof inner === 'string') yield bodyGuess('body_double_encoded', 'The body is JSON inside a JSON string.', inner)
      const bare = text.includes('\\"') ? parse(`"${text}"`) : undefined
      if (typeof bare === 'string') {
        yield bodyGuess('body_double_encoded', 'The body has a backslash before each quote; it was signed without.', bare)
      }
      const explanation = 'The sender signed JSON inside a JSON string; the body is the inner text.'
      yield bodyGuess('body_double_encoded', explanation, JSON.stringify(text))
    },
  },
  {
    part: 'body',
    rulesOut: 'an event of a function or a queue around the body',
    *guesses({ text }) {
      if (text !== undefined) yield* fromEnvelope(text)
    },
  },
  {
    part: 'body',
    rulesOut: 'the bytes of the body, printed as numbers',
    *guesses({ text }) {
      const bytes = text === undefined ? undefined : printedBytes(text)
      if (bytes) yield bodyGuess('body_bytes_printed', 'The body is a list of bytes, as JSON.stringify writes a Buffer.', bytes)
    },
  },
]
