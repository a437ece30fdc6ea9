import type { Guess, Hypothesis } from '../evidence'
import { bodyGuess } from './guess'

const mark = '\ufeff'

function* ofWhiteSpace(text: string): Generator<Guess> {
  const cut = (what: string, body: string) => bodyGuess('body_whitespace', `The body was signed without ${what}.`, body)
  const added = (what: string, body: string) =>
    bodyGuess('body_whitespace', `The body was signed with ${what}, which is gone.`, body)
  yield added('a line feed at its end', `${text}\n`)
  yield cut('the line end at its end', text.replace(/\r?\n$/, ''))
  yield cut('the white space at its end', text.trimEnd())
  yield cut('the white space around it', text.trim())
  yield cut('the white space before it', text.trimStart())
  yield cut('the white space around it, but with a line feed at its end', `${text.trim()}\n`)
  yield added('a carriage return and a line feed at its end', `${text}\r\n`)
  yield added('two line feeds at its end', `${text}\n\n`)
  yield added('a space at its end', `${text} `)
  yield added('a line feed before it', `\n${text}`)
  yield cut('the zero byte at its end', text.replace(/\0+$/, ''))
}

function* ofLineEndings(text: string): Generator<Guess> {
  const lineFeeds = text.replace(/\r\n?/g, '\n')
  const both = lineFeeds.replace(/\n/g, '\r\n')
  const say = (what: string) => `The lines of the body ended in ${what} when it was signed.`
  for (const [what, body] of [
    ['a carriage return and a line feed (CRLF)', both],
    ['a line feed (LF)', lineFeeds],
  ] as const) {
    yield bodyGuess('body_line_endings', say(what), body)
    yield bodyGuess('body_line_endings', `${say(what)} The last had another end, too.`, body.replace(/\r?\n$/, ''))
    yield bodyGuess('body_line_endings', `${say(what)} The last had one, too.`, body + (body === both ? '\r\n' : '\n'))
  }
  yield bodyGuess('body_line_endings', say('a carriage return (CR)'), lineFeeds.replace(/\n/g, '\r'))
}

/** Characters added to the ends of the body or cut from them, and other line ends. */
export const edges: readonly Hypothesis[] = [
  {
    part: 'body',
    rulesOut: 'white space or a line end added to the body or cut from it',
    *guesses({ text }) {
      if (text !== undefined) yield* ofWhiteSpace(text)
    },
  },
  {
    part: 'body',
    rulesOut: 'other line ends in the body (CRLF, LF, CR)',
    *guesses({ text }) {
      if (text !== undefined && /[\r\n]/.test(text)) yield* ofLineEndings(text)
    },
  },
  {
    part: 'body',
    rulesOut: 'a byte order mark added to the body or cut from it',
    *guesses({ text }) {
      if (text === undefined) return
      if (text.startsWith(mark)) {
        yield bodyGuess('body_byte_order_mark', 'The body was signed without the byte order mark before it.', text.slice(1))
      } else {
        yield bodyGuess(
          'body_byte_order_mark',
          'The body was signed with a byte order mark before it, which is gone.',
          mark + text,
        )
      }
    },
  },
]
