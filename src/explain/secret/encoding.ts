import { utf8 } from '../../core/bytes'
import { decode, encode } from '../../core/encoding'
import type { Secret } from '../../crypto/secret'
import { fromBase64 } from '../body/wrapped'
import type { Guess } from '../evidence'
import { printable, secretGuess } from './guess'
import { prefixOf } from './text'

/** The text that a secret may be the UTF-8, the hex or the base64 of. */
function* ofText(text: string, what: string): Generator<Guess> {
  const guess = (as: string, secret: Secret) => secretGuess('secret_encoding', `The sender signs with ${what} ${as}.`, secret)
  yield guess('as text, not decoded', utf8(text))
  const hex = decode(text.toLowerCase(), 'hex')
  const base64 = fromBase64(text)
  if (hex?.length) yield guess('decoded from hex', hex)
  if (base64) yield guess('decoded from base64', base64)
  for (const decoded of [base64, hex]) {
    const inner = decoded && printable(decoded)
    if (inner === undefined) continue
    const explanation = 'The secret is itself in base64 or hex, as in a Kubernetes manifest; undo that first.'
    yield secretGuess('secret_encoding', explanation, inner)
    yield secretGuess('secret_encoding', explanation, inner.trim())
    yield secretGuess('secret_encoding', `${explanation} The sender signs with the line feed at its end, too.`, utf8(inner))
  }
  yield guess('in base64', utf8(encode(utf8(text), 'base64')))
  yield guess('in hex', utf8(encode(utf8(text), 'hex')))
  for (const bytes of [base64, hex]) {
    // Keys with a header (SubjectPublicKeyInfo), or a seed with its public key: the last 32 bytes are the public key.
    if (bytes && bytes.length > 32) yield guess('without the header before the key', bytes.slice(-32))
  }
}

/** Escapes and capitals. */
function* ofForm(secret: string): Generator<Guess> {
  if (secret.includes('%')) {
    try {
      yield secretGuess('secret_encoding', 'The secret is percent-encoded.', decodeURIComponent(secret))
    } catch {}
  }
  if (/[-_]/.test(secret)) {
    const plain = secret.replace(/-/g, '+').replace(/_/g, '/')
    yield secretGuess('secret_encoding', 'The secret is in base64url; the sender’s is in base64.', plain)
  }
  if (/^[\w+/-]+$/.test(secret)) {
    const padded = secret.padEnd(Math.ceil(secret.length / 4) * 4, '=')
    yield secretGuess('secret_encoding', 'The secret lacks the “=” at its end.', padded)
  }
  for (const cased of new Set([secret.toLowerCase(), secret.toUpperCase()])) {
    yield secretGuess(
      'secret_case',
      'Letters of the secret are small where they should be capitals, or the other way round.',
      cased,
    )
  }
}

/** A secret as bytes, where the text may have been meant. */
function* ofBytes(bytes: Uint8Array): Generator<Guess> {
  const guess = (as: string, secret: Secret) =>
    secretGuess('secret_encoding', `The sender signs with the ${as} of these bytes: give the secret as text.`, secret)
  for (const encoding of ['base64', 'hex', 'base64url'] as const) yield guess(encoding, utf8(encode(bytes, encoding)))
  const prefixed = `whsec_${encode(bytes, 'base64')}`
  yield guess('base64 with its prefix', prefixed)
  yield guess('base64 with its prefix', utf8(prefixed))
  const text = printable(bytes)
  if (text === undefined) return
  yield guess('text', text)
  yield* ofText(text.trim(), 'these bytes')
}

/** A secret that is read in another encoding than the sender’s. */
export function* ofEncoding(secret: Secret): Generator<Guess> {
  if (ArrayBuffer.isView(secret)) yield* ofBytes(secret as Uint8Array)
  if (typeof secret !== 'string') return
  const bare = secret.trim()
  const pem = /^-----BEGIN [A-Z ]+-----([\w+/=\s\\]+)-----END/.exec(bare)?.[1]
  if (pem !== undefined) yield* ofText(pem.replace(/\\n|\s/g, ''), 'what the PEM holds')
  yield* ofText(bare, 'the secret')
  const prefix = prefixOf(bare)
  if (prefix !== undefined) yield* ofText(bare.slice(prefix.length), 'what follows the prefix of the secret')
  yield* ofForm(bare)
}
