import { expectOption } from '../core/options'
import type { Signer, Verifier } from '../crypto/algorithm'
import type { Secret } from '../crypto/secret'
import type { Scheme } from '../schemes/scheme'

/** One secret, or several while rotating. */
export type Secrets = Secret | readonly Secret[]

const mostSecrets = 8
const mostKeys = 256

/** The secrets of an option, at least 1 and at most 8. */
export function secretsOf(secret: Secrets): readonly Secret[] {
  const secrets = [secret].flat() as readonly (Secret | undefined)[]
  const holds = secrets.length > 0 && secrets.length <= mostSecrets && !secrets.includes(undefined)
  expectOption(holds, 'secret', `one secret, or 1 to ${mostSecrets} of them`, secret && secrets.length)
  return secrets as readonly Secret[]
}

/** Imported keys by scheme and secret text: bounded, and filled by the developer’s secrets alone, never by a request. */
const imported = new WeakMap<Scheme, Map<string, Verifier>>()

/** The key that checks signatures under a secret. */
export function verifierOf(scheme: Scheme, secret: Secret): Verifier {
  if (typeof secret !== 'string') return scheme.algorithm.verifier(secret, scheme.key)
  let keys = imported.get(scheme)
  if (!keys) imported.set(scheme, (keys = new Map()))
  let verifier = keys.get(secret)
  if (!verifier) {
    verifier = scheme.algorithm.verifier(secret, scheme.key)
    if (keys.size >= mostKeys) keys.clear()
    keys.set(secret, verifier)
  }
  return verifier
}

/** The key that makes signatures under a secret. */
export const signerOf = (scheme: Scheme, secret: Secret): Signer => scheme.algorithm.signer(secret, scheme.key)
