import type { Guess, Hypothesis } from '../evidence'
import { bodyGuess } from './guess'
import { type Json, readJson } from './json'

/** How the parts of a form are percent-encoded, by who does so. */
const encoders: readonly ((text: string) => string)[] = [
  (text) => new URLSearchParams({ '': text }).toString().slice(1),
  encodeURIComponent,
  (text) => strict(text).replace(/%20/g, '+'),
  (text) => strict(text),
  (text) =>
    strict(text)
      .replace(/%20/g, '+')
      .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
]

/** All but the unreserved characters of RFC 3986, section 2.3. */
const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const mostFields = 64

/** A form in each encoding, one at a time; lone surrogates have none. */
function* encodeAll(fields: Iterable<readonly [string, string]>): Generator<string> {
  const all = [...fields]
  if (all.length > mostFields) return
  const seen = new Set<string>()
  for (const encode of encoders) {
    try {
      const form = all.map((field) => field.map(encode).join('=')).join('&')
      if (!seen.has(form)) yield form
      seen.add(form)
    } catch {}
  }
}

const textIn = (json: Json): string | undefined => (typeof json === 'string' ? json : 'text' in json ? json.text : undefined)

/** The fields of a form that was parsed into an object; a list stands for a name that comes again. */
function fieldsOf(json: Json): readonly (readonly [string, string])[] | undefined {
  if (typeof json === 'string' || !('members' in json)) return undefined
  const fields = json.members.flatMap(([name, value]) => {
    const values = typeof value !== 'string' && 'items' in value ? value.items : [value]
    return values.map((item) => [name, textIn(item)] as const)
  })
  return fields.every((field): field is readonly [string, string] => field[1] !== undefined) ? fields : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const isForm = (text: string) => /^[\w.~*%+[\]-]+=[^\s{"]*$/.test(text)

function* decoded(text: string): Generator<Guess> {
  const explanation = 'The body is percent-encoded; it was signed as it was before.'
  for (const body of [decode(text), decode(text.replace(/\+/g, ' '))]) {
    if (body !== undefined) yield bodyGuess('body_url_encoded', explanation, body)
  }
  if (!isForm(text)) return
  for (const [name, value] of [...new URLSearchParams(text)].slice(0, 8)) {
    const field = JSON.stringify(name).slice(0, 24)
    yield bodyGuess('body_url_encoded', `The body is a form; the text of its field ${field} alone was signed.`, value)
    if (value === '')
      yield bodyGuess('body_url_encoded', 'The body was taken for a form; the name of its field was signed.', name)
  }
}

function* encoded(text: string): Generator<Guess> {
  const say = 'The sender signed a form'
  for (const name of ['payload', 'data', 'json']) {
    for (const body of encodeAll([[name, text]])) {
      yield bodyGuess('body_form_parsed', `${say} (${name}=…); the body is the text of that field alone.`, body)
    }
  }
  const json = readJson(text)
  const fields = json === undefined ? undefined : fieldsOf(json)
  if (fields?.length) {
    for (const body of encodeAll(fields)) {
      yield bodyGuess('body_form_parsed', `${say} (a=b&c=d); the body is JSON of its fields.`, body)
    }
  }
  if (isForm(text)) {
    for (const body of encodeAll(new URLSearchParams(text))) {
      yield bodyGuess('body_form_parsed', `${say}; the body is that form, parsed and encoded again.`, body)
    }
  }
}

/** Percent-encoding that was added or undone. */
export const forms: readonly Hypothesis[] = [
  {
    part: 'body',
    rulesOut: 'a percent-encoded body, or one put into a form',
    *guesses({ text }) {
      if (text !== undefined && /[%=]/.test(text)) yield* decoded(text)
    },
  },
  {
    part: 'body',
    rulesOut: 'a form that was parsed (its fields as JSON, one field alone, another percent-encoding)',
    effort: 6,
    *guesses({ text }) {
      if (text !== undefined) yield* encoded(text)
    },
  },
]
