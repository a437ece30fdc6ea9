import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keys } from '../schemes/rfc9421-keys'
import { load, runtimes } from './runtimes'

const format = { encoding: 'base64', prefix: 'whpk_', privatePrefix: 'whsk_' } as const
const x25519 = generateKeyPairSync('x25519')

for (const runtime of runtimes) {
  const { ed25519, ConfigurationError } = await load(runtime, async () => ({
    ...(await import('../../src/crypto/ed25519')),
    ...(await import('../../src/core/errors')),
  }))

  describe(`Ed25519 in PEM under ${runtime}`, () => {
    it('signs and verifies', async () => {
      const signature = await ed25519.signer(keys.ed25519.privateKey, format).sign(['body'])
      expect(verify(null, Buffer.from('body'), keys.ed25519.publicKey, signature)).toBe(true)
      expect(await ed25519.verifier(keys.ed25519.publicKey, format).matches(['body'], [signature])).toBe(true)
    })

    it.each([
      ['the private key', keys.ed25519.privateKey, /got the private one/],
      ['another curve', String(x25519.publicKey.export({ format: 'pem', type: 'spki' })), /Ed25519/],
      ['another kind', keys.p256.publicKey, /Ed25519/],
      ['a broken line', keys.ed25519.publicKey.replace('\n', ' '), /line breaks/],
    ])('refuses to verify with %s', (_, secret, hint) => {
      expect(() => ed25519.verifier(secret, format)).toThrow(hint)
      expect(() => ed25519.verifier(secret, format)).toThrow(ConfigurationError)
    })

    it.each([
      ['the public key', keys.ed25519.publicKey, /got the public one/],
      ['another curve', String(x25519.privateKey.export({ format: 'pem', type: 'pkcs8' })), /Ed25519/],
    ])('refuses to sign with %s', (_, secret, hint) => {
      expect(() => ed25519.signer(secret, format)).toThrow(hint)
    })
  })
}
