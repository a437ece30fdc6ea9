import { encode } from '../core/encoding'

/** Random bytes from the runtime's secure source. */
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** A new secret in the form of Standard Webhooks: `whsec_` and the base64 of 32 random bytes. */
export const generateSecret = (): string => `whsec_${encode(randomBytes(32), 'base64')}`

/** Asking the source costs more than what it gives: for what is no secret many are drawn at once. */
const poolBytes = 4096
let pool = new Uint8Array(0)
let used = 0

function draw(length: number): string {
  if (used + length > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(poolBytes))
    used = 0
  }
  used += length
  return encode(pool.subarray(used - length, used), 'base64url')
}

/** A token that nobody can guess and that is never given again. */
export const randomToken = (): string => draw(18)

/** An id for a new event, unguessable and free of separators. */
export const generateId = (): string => `msg_${draw(16)}`
