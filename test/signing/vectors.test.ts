import { describe, expect, it } from 'vitest'
import { loadLibrary, runtimes } from '../crypto/runtimes'
import { optionsOf, vectors } from '../vectors/vectors'

for (const runtime of runtimes) {
  const { verify, schemes, VerificationError, ConfigurationError } = await loadLibrary(runtime)

  describe(`signature vectors under ${runtime}`, () => {
    const known = vectors.filter(({ scheme }) => schemes[scheme])

    it('covers every scheme that it can', () => {
      const without = Object.keys(schemes).filter(
        (name) => !known.some((vector) => vector.scheme === name && vector.expected === 'valid'),
      )
      // Signed by the providers themselves, under certificates of their own: certificates.test.ts.
      expect(without).toEqual(['aws-sns', 'aws-sns-v1', 'paypal'])
    })

    for (const vector of known) {
      it(`${vector.id} is ${vector.expected}`, async () => {
        const verified = verify(schemes[vector.scheme] as never, optionsOf(vector))
        if (vector.expected === 'valid') {
          await expect(verified).resolves.toMatchObject({ scheme: vector.scheme, secretIndex: 0 })
        } else {
          const error = await verified.then(
            () => undefined,
            (reason) => reason,
          )
          // An empty secret is the developer's mistake and not the sender's.
          expect(error).toBeInstanceOf(vector.secret === '' ? ConfigurationError : VerificationError)
        }
      })
    }
  })
}
