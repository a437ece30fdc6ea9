import { encode } from '../core/encoding'

/** Random bytes from the runtime's secure source. */
export const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** A new secret in the form of Standard Webhooks: `whsec_` and the base64 of 32 random bytes. */
export const generateSecret = (): string => `whsec_${encode(randomBytes(32), 'base64')}`

/** An id for a new event, unguessable and free of separators. */
export const generateId = (): string => `msg_${encode(randomBytes(16), 'base64url')}`
