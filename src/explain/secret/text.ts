import { utf8 } from '../../core/bytes'
import type { Guess } from '../evidence'
import { secretGuess } from './guess'

const quotes = /^\\?["'`“”‘’«»]+|\\?["'`“”‘’«»]+[,;]?$/g

/** White space, invisible characters, and the characters `\n` that stand for a line end. */
export function* ofWhiteSpace(secret: string): Generator<Guess> {
  const literal = secret.replace(/(?:\\[nrt])+$/, '')
  yield secretGuess('secret_whitespace', 'The secret has white space around it.', secret.trim())
  yield secretGuess('secret_whitespace', 'The secret ends in a backslash and an n, which stand for a line feed.', literal)
  yield secretGuess(
    'secret_whitespace',
    'There is white space or an invisible character inside the secret.',
    secret.replace(/[\s\u200b-\u200f\u2060\ufeff]+/g, ''),
  )
  const mend = 'Give the provider the secret without it, or give the secret here as bytes, with it.'
  for (const [name, added] of [
    ['a line feed', `${secret}\n`],
    ['a space', `${secret} `],
    ['a carriage return and a line feed', `${secret}\r\n`],
    ['a space before it', ` ${secret}`],
  ] as const) {
    const guess = secretGuess('secret_whitespace', `The sender signs with this secret and ${name}.`, utf8(added))
    yield { ...guess, mend }
  }
}

/** Quotes, or a line or a document around the value. */
export function* ofWrapping(secret: string): Generator<Guess> {
  const bare = secret.trim()
  const unquoted = bare.replace(quotes, '')
  if (unquoted !== bare) {
    yield secretGuess('secret_quotes', 'The secret has quotes around it.', unquoted)
    yield secretGuess('secret_quotes', 'The secret has quotes and white space around it.', unquoted.trim())
  }
  const value = /^(?:export )?\w{3,}\s*[=:]\s*(.+)$/s.exec(bare)?.[1]
  if (value !== undefined) {
    yield secretGuess('secret_wrapped', 'The secret is a whole line, with its name and “=”.', value.replace(quotes, ''))
  }
  const token = /^(?:Bearer|Basic|Secret) (.+)$/i.exec(bare)?.[1]
  if (token !== undefined) yield secretGuess('secret_wrapped', 'The secret has a word before it, such as “Bearer”.', token)
  if (bare.startsWith('{')) {
    for (const text of valuesOf(bare)) {
      yield secretGuess('secret_wrapped', 'The secret is a JSON document that holds it, as a secrets manager keeps it.', text)
    }
  }
}

function valuesOf(json: string): string[] {
  try {
    const values: unknown[] = Object.values(JSON.parse(json) as object)
    return values.filter((value): value is string => typeof value === 'string').slice(0, 16)
  } catch {
    return []
  }
}

const knownPrefixes = ['whsec_', 'v1,whsec_', 'whpk_']

/** A prefix such as `whsec_` that is missing, or that should be. */
export function* ofPrefixes(secret: string): Generator<Guess> {
  const bare = secret.trim()
  for (const known of knownPrefixes) {
    if (!bare.startsWith(known)) {
      yield secretGuess('secret_prefix', `The secret lacks its prefix “${known}”.`, known + bare)
    }
  }
  const prefix = prefixOf(bare)
  if (prefix === undefined) return
  const rest = bare.slice(prefix.length)
  yield secretGuess('secret_prefix', 'The sender signs with what follows the prefix of this secret.', rest)
  const inner = prefixOf(rest)
  if (inner !== undefined) yield secretGuess('secret_prefix', 'The secret has a prefix too many.', rest.slice(inner.length))
}

/** What stands before a secret to tell its kind, such as `whsec_` or `v1,`. */
export const prefixOf = (secret: string): string | undefined =>
  /^(?:v\d+[a-z]?,(?:wh\w{1,4}_)?|[A-Za-z]{2,10}(?:_(?:live|test|prod))?_|sha\d{1,3}=)(?=.)/.exec(secret)?.[0]
