import { encode } from '../../core/encoding'
import { VerificationError } from '../../core/errors'
import type { HeaderReader } from '../../core/headers'
import { sha256, sha512 } from '../../crypto/digest'
import { equal } from '../../crypto/equal'
import { bytesOf, type Item, parseDictionary } from './structured-fields'

/** The header that holds hashes of the body (RFC 9530). */
export const contentDigest = 'content-digest'

/** Why a `content-digest` was refused. */
export const digestHints = {
  signature_mismatch: 'not the hash of this body. Was it parsed and serialised again?',
  malformed_header: 'has neither the sha-256 nor the sha-512 of the body',
} as const

const hashes = { 'sha-256': sha256, 'sha-512': sha512 } as const

/** Throws a `VerificationError` where the header holds another hash than the body’s; true where it holds the body’s. */
export async function checkDigest(read: HeaderReader, body: Uint8Array): Promise<boolean> {
  const text = read(contentDigest)
  const members = text === undefined ? new Map<string, never>() : parseDictionary(text, contentDigest)
  let isHeld = false
  for (const [name, hash] of Object.entries(hashes)) {
    const member = members.get(name)
    if (!member) continue
    const claimed = bytesOf((member as Partial<Item>).value ?? '')
    if (!claimed || !equal(claimed, await hash([body])))
      throw new VerificationError('signature_mismatch', contentDigest, digestHints)
    isHeld = true
  }
  return isHeld
}

/** The header’s value for a body. */
export const writeDigest = async (body: Uint8Array): Promise<string> => `sha-256=:${encode(await sha256([body]), 'base64')}:`
