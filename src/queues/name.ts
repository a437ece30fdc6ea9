import { utf8 } from '../core/bytes'
import { encode } from '../core/encoding'
import { sha256 } from '../crypto/digest'

/** The name of a job for an event's key: engines take no colons, no digits alone, or UUIDs only. Two keys never share one. */
export const digestOf = async (key: string): Promise<string> => encode(await sha256([utf8(key)]), 'hex')

/** The same as a UUID of one's own making (RFC 9562, section 5.8). */
export async function uuidOf(key: string): Promise<string> {
  const hex = await digestOf(key)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

const day = 86_400

/** How long an engine remembers a job that is done: as long as receivers remember events, for senders that repeat within three days. */
export const defaultRetentionSeconds = 7 * day
