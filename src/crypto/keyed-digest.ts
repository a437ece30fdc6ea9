import type { Algorithm } from './algorithm'
import { sha256 } from './digest'
import { equal } from './equal'
import { secretBytes } from './secret'

/** The SHA-256 of the secret and what is signed, one after the other: weaker than an HMAC, and what some older schemes use. */
export const keyedSha256: Algorithm = {
  name: 'sha256',
  signatureBytes: 32,
  verifier(secret, format) {
    const key = secretBytes(secret, format)
    return {
      keyBytes: key.length,
      async matches(parts, candidates) {
        const expected = await sha256([key, ...parts])
        return candidates.some((candidate) => equal(candidate, expected))
      },
    }
  },
  signer(secret, format) {
    const key = secretBytes(secret, format)
    return { sign: (parts) => sha256([key, ...parts]) }
  },
}
