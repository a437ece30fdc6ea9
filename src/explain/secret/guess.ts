import type { Secret } from '../../crypto/secret'
import type { Cause } from '../causes'
import type { Guess } from '../evidence'
import { suspect } from '../explanation'

/** A guess at the secret that the sender signs with. It never says which. */
export const secretGuess = (cause: Cause, explanation: string, secret: Secret): Guess => ({
  ...suspect(cause, explanation),
  change: { secrets: [secret] },
})

/** What the bytes of a secret are, where they are text that somebody may have copied. */
export function printable(bytes: Uint8Array): string | undefined {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return /^[\x20-\x7e]+\s*$/.test(text) ? text : undefined
}
