import type { Secret } from '../../crypto/secret'
import type { Guess, Hypothesis } from '../evidence'
import { ofEncoding } from './encoding'
import { secretGuess } from './guess'
import { ofPrefixes, ofWhiteSpace, ofWrapping } from './text'

/** One of each in turn: of several secrets the likeliest guess at each comes first. */
function* inTurn(lists: readonly Iterator<Guess>[]): Generator<Guess> {
  let open = lists
  while (open.length > 0) {
    const left: Iterator<Guess>[] = []
    for (const list of open) {
      const { done, value } = list.next()
      if (done) continue
      left.push(list)
      yield value
    }
    open = left
  }
}

/** A mistake that is looked for in every secret. */
const inSecrets = (rulesOut: string, guess: (secret: Secret) => Iterator<Guess>): Hypothesis => ({
  part: 'secret',
  rulesOut,
  guesses: ({ given }) => inTurn(given.map(guess)),
})

/** A mistake that is looked for in every secret that is text. */
const inTexts = (rulesOut: string, guess: (secret: string) => Iterator<Guess>): Hypothesis =>
  inSecrets(rulesOut, (secret) => (typeof secret === 'string' ? guess(secret) : [].values()))

/** What may be wrong with the secret, the likeliest first. */
export const secretHypotheses: readonly Hypothesis[] = [
  {
    part: 'secret',
    rulesOut: 'one of `otherSecrets`',
    *guesses({ otherSecrets }) {
      for (const [name, secret] of otherSecrets) {
        yield secretGuess('another_secret', `It is signed with another secret: ${JSON.stringify(name).slice(0, 40)}.`, secret)
      }
    },
  },
  inTexts('white space around or inside the secret', ofWhiteSpace),
  inTexts('quotes, a name or a document around the secret', ofWrapping),
  inTexts('a prefix of the secret that is missing or too many', ofPrefixes),
  inSecrets('a secret read as text, hex or base64 where it is another of them', ofEncoding),
]
