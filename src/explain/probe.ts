import { ConfigurationError, VerificationError } from '../core/errors'
import type { Scheme } from '../schemes/scheme'
import { type Verified, verify } from '../signing/verify'
import { type Case, headerOf } from './evidence'

/** How much may be tried for one request: so many MACs, over so many bytes. */
const budget = { macs: 4_000, bytes: 32 * 1024 * 1024 } as const

/** To check one signature of a key pair takes about as long as so many MACs. */
const macsOfKeyPair = 20
/** To split and decode a list of signatures takes about as long as to hash so many times its length. */
const bytesOfHeader = 16
const mostSignatures = 16

/** What `verify` refuses with. */
export type Refusal = VerificationError | ConfigurationError

/** Asks `verify` about changed requests, until the budget is spent. */
export interface Probe {
  /** Resolves to what the signature proves, whatever its age; undefined where it does not hold, or where the budget is spent. */
  tryOut(request: Case): Promise<Verified | undefined>
  /** Pays for bytes that were made. */
  charge(made: number): void
  readonly isSpent: boolean
}

/** Keys are cached by scheme: guesses at a copy never displace the keys that are in use. */
export const withOwnKeys = (scheme: Scheme): Scheme => ({ ...scheme })

function ask(request: Case, toleranceSeconds: number | false | undefined): Promise<Verified> {
  const { scheme, secrets, headers, body, url, method, now } = request
  return verify(scheme, { secret: secrets, headers, body, url, method, now, toleranceSeconds })
}

/** Resolves to why `verify` refuses a request, or undefined where it does not. */
export async function refusalOf(request: Case, toleranceSeconds: number | false | undefined): Promise<Refusal | undefined> {
  try {
    await ask(request, toleranceSeconds)
    return undefined
  } catch (error) {
    if (error instanceof VerificationError || error instanceof ConfigurationError) return error
    throw error
  }
}

function macsOf({ scheme, secrets, headers }: Case): number {
  const { algorithm, signature } = scheme
  if (algorithm.name.startsWith('hmac-')) return secrets.length
  const text = 'header' in signature ? headerOf(headers, signature.header) : undefined
  const candidates = 'list' in signature && text !== undefined ? text.split(signature.list as string).length : 1
  return secrets.length * Math.min(candidates, mostSignatures) * macsOfKeyPair
}

/** Opens a budget. */
export function openProbe(): Probe {
  let macs: number = budget.macs
  let bytes: number = budget.bytes
  return {
    get isSpent() {
      return macs <= 0 || bytes <= 0
    },
    charge(made) {
      bytes -= made
    },
    async tryOut(request) {
      const { secrets, headers, body } = request
      macs -= macsOf(request)
      bytes -= body.length * secrets.length
      for (const [, value] of headers) bytes -= value.length * bytesOfHeader
      if (macs < 0 || bytes < 0) return undefined
      try {
        return await ask(request, false)
      } catch (error) {
        if (error instanceof VerificationError || error instanceof ConfigurationError) return undefined
        throw error
      }
    },
  }
}
