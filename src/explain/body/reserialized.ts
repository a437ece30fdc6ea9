import type { Guess, Hypothesis } from '../evidence'
import { bodyGuess } from './guess'
import { readJson, writeJson } from './json'
import { mannersOf } from './manners'

/** Whether a text is what JSON.stringify makes of what JSON.parse read. */
function isJavaScript(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text
  } catch {
    return false
  }
}

function* inManners(text: string): Generator<Guess> {
  const json = readJson(text)
  if (json === undefined) return
  const trimmed = text.trim()
  const now = isJavaScript(text) ? 'what JSON.stringify makes of it' : 'the same JSON, written otherwise'
  for (const manner of mannersOf(json)) {
    const body = writeJson(json, manner) + manner.end
    // White space around it is another mistake, with another mend.
    if (body.trim() === trimmed) continue
    yield bodyGuess('body_reserialized', `The sender signed JSON ${manner.name}; the body is ${now}.`, body)
  }
}

/** The body was parsed, and written again in another manner than the sender’s. */
export const reserialized: Hypothesis = {
  part: 'body',
  rulesOut: 'JSON parsed and written again, in the manners of JavaScript, Python, PHP, Go, Ruby, Java and .NET',
  effort: 6,
  *guesses({ text }) {
    if (text !== undefined) yield* inManners(text)
  },
}
