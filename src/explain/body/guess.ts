import { utf8 } from '../../core/bytes'
import type { Cause } from '../causes'
import type { Guess } from '../evidence'
import { suspect } from '../explanation'

/** A guess at the body that was signed. */
export const bodyGuess = (cause: Cause, explanation: string, body: string | Uint8Array): Guess => ({
  ...suspect(cause, explanation),
  change: { body: typeof body === 'string' ? utf8(body) : body },
})
