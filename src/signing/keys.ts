import { expectOption } from '../core/options'
import type { Signer, Verifier } from '../crypto/algorithm'
import type { Secret } from '../crypto/secret'
import type { Scheme } from '../schemes/scheme'
import '../crypto/quick'

/** One secret, or several while rotating. */
export type Secrets = Secret | readonly Secret[]

const mostSecrets = 8
const mostKeys = 256

/** The secrets of an option, at least 1 and at most 8. */
export function secretsOf(secret: Secrets): readonly Secret[] {
  const secrets = (Array.isArray(secret) ? secret : [secret]) as readonly (Secret | undefined)[]
  const count = secrets.includes(undefined) ? undefined : secrets.length
  expectOption(count !== undefined && count > 0 && count <= mostSecrets, 'secret', `1 to ${mostSecrets} secrets`, count)
  return secrets as readonly Secret[]
}

/**
 * A cache of imported keys by scheme and secret text: bounded, and filled by the developer’s secrets alone, never by a request.
 *
 * Bytes and JWKs are imported anew, since they can be changed.
 */
function cached<Key>(importKey: (scheme: Scheme, secret: Secret) => Key): (scheme: Scheme, secret: Secret) => Key {
  const imported = new WeakMap<Scheme, Map<string, Key>>()
  return (scheme, secret) => {
    if (typeof secret !== 'string') return importKey(scheme, secret)
    let keys = imported.get(scheme)
    if (!keys) imported.set(scheme, (keys = new Map()))
    let key = keys.get(secret)
    if (!key) {
      key = importKey(scheme, secret)
      if (keys.size >= mostKeys) keys.clear()
      keys.set(secret, key)
    }
    return key
  }
}

/** The key that checks signatures under a secret. */
export const verifierOf = /* @__PURE__ */ cached<Verifier>((scheme, secret) => scheme.algorithm.verifier(secret, scheme.key))

/** The key that makes signatures under a secret. */
export const signerOf = /* @__PURE__ */ cached<Signer>((scheme, secret) => scheme.algorithm.signer(secret, scheme.key))
