import { describe } from '../core/options'
import type { Scheme } from '../schemes/scheme'
import { type Secrets, secretsOf, verifierOf } from '../signing/keys'
import type { Observer } from './observe'
import { type Account, Rejection, type UnverifiedRequest } from './request'

/** The account that a request claims to be for; only its `account` is absent where one secret serves all. */
export interface Claimant {
  readonly account?: string | undefined
  readonly secret: Secrets
}

/** Our own fault, never the caller's: the secret could not be had. */
export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable'
}

/** NIST SP 800-107 asks for a key of at least half the hash; shorter ones are guessed rather than computed. */
const shortSecretBytes = 16

/** Finds whose secret a request must be signed with. A secret that is given outright is checked here, at construction. */
export function createAccounts(
  scheme: Scheme,
  secret: Secrets | ((request: UnverifiedRequest) => Account | undefined | Promise<Account | undefined>),
  observe: Observer | undefined,
): (request: () => UnverifiedRequest) => Claimant | Promise<Claimant> {
  let warned = false
  const check = (secrets: Secrets) => {
    const isShort = secretsOf(secrets).some((one) => (verifierOf(scheme, one).keyBytes ?? shortSecretBytes) < shortSecretBytes)
    if (!isShort || warned) return
    warned = true
    observe?.({
      outcome: 'warning',
      scheme: scheme.name,
      code: 'short_secret',
      hint: `A secret has fewer than ${shortSecretBytes} bytes: anyone may guess it.`,
    })
  }
  if (typeof secret !== 'function') {
    check(secret)
    const claimant = { secret }
    return () => claimant
  }
  return async (request) => {
    try {
      const claimant = await secret(request())
      if (claimant === undefined) throw new Rejection('unknown_account', '`secret` knows no account for this request.')
      if (typeof claimant?.account !== 'string' || claimant.account.length < 1 || claimant.account.length > 100) {
        throw new SecretUnavailable(
          `Expected \`secret\` to give { account, secret }, account a text of 1 to 100 characters, got ${describe(claimant?.account)}`,
        )
      }
      check(claimant.secret)
      return claimant
    } catch (cause) {
      if (cause instanceof Rejection || cause instanceof SecretUnavailable) throw cause
      throw new SecretUnavailable('`secret` failed, or gave a secret that is none.', { cause })
    }
  }
}
