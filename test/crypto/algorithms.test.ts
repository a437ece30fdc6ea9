import { createHash, createHmac, generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { load, runtimes } from './runtimes'

const utf8 = { encoding: 'utf8' } as const
const base64 = { encoding: 'base64', prefix: 'whpk_', privatePrefix: 'whsk_' } as const

for (const runtime of runtimes) {
  const { hmacs, ed25519, keyedSha256, sha256, digestsAtOnce, equal, generateSecret, generateId } = await load(
    runtime,
    async () => ({
      ...(await import('../../src/crypto/hmac')),
      ...(await import('../../src/crypto/ed25519')),
      ...(await import('../../src/crypto/keyed-digest')),
      ...(await import('../../src/crypto/digest')),
      ...(await import('../../src/crypto/equal')),
      ...(await import('../../src/crypto/random')),
    }),
  )

  describe(`under ${runtime}`, () => {
    describe.each(Object.entries(hmacs))('%s', (name, algorithm) => {
      const hash = name.slice(5)

      test.prop([
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), { maxLength: 4 }),
      ])('is what Node makes of the same key and bytes', async (key, parts) => {
        const expected = createHmac(hash, key)
        for (const part of parts) expected.update(part)
        const signature = await algorithm.signer(key, utf8).sign(parts)
        expect(Buffer.from(signature).toString('hex')).toBe(expected.digest('hex'))
        expect(signature.length).toBe(algorithm.signatureBytes)
        expect(await algorithm.verifier(key, utf8).matches(parts, [new Uint8Array(signature.length), signature])).toBe(true)
      })

      it('matches nothing else', async () => {
        const verifier = algorithm.verifier('key', utf8)
        const signature = await algorithm.signer('key', utf8).sign(['body'])
        for (let at = 0; at < signature.length; at++) {
          const changed = Uint8Array.from(signature)
          changed[at] = (changed[at] as number) ^ 1
          expect(await verifier.matches(['body'], [changed])).toBe(false)
        }
        expect(await verifier.matches(['body'], [])).toBe(false)
        expect(await verifier.matches(['body'], [signature.subarray(1), new Uint8Array()])).toBe(false)
        expect(await verifier.matches(['body!'], [signature])).toBe(false)
        expect(verifier.keyBytes).toBe(3)
      })

      it('is there at once where node:crypto is', () => {
        expect(algorithm.signer('key', utf8).sign(['body']) instanceof Promise).toBe(runtime === 'Web Crypto')
      })
    })

    it('keyed SHA-256 is what Node makes of the key and the bytes behind it', async () => {
      const signature = await keyedSha256.signer('key', utf8).sign(['id.', 'body'])
      expect(Buffer.from(signature)).toEqual(createHash('sha256').update('keyid.body').digest())
      const verifier = keyedSha256.verifier('key', utf8)
      expect(await verifier.matches(['id.', 'body'], [new Uint8Array(32), signature])).toBe(true)
      expect(await verifier.matches(['id.', 'Body'], [signature])).toBe(false)
      expect(await verifier.matches(['id.', 'body'], [])).toBe(false)
    })

    describe('ed25519', () => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const jwk = privateKey.export({ format: 'jwk' }) as { kty: string; crv: string; x: string; d: string }
      const raw = { x: Buffer.from(jwk.x, 'base64url'), d: Buffer.from(jwk.d, 'base64url') }
      const { d: _, ...publicJwk } = publicKey.export({ format: 'jwk' })

      it.each([
        ['text with its prefix', `whsk_${raw.d.toString('base64')}`, `whpk_${raw.x.toString('base64')}`],
        ['text without', raw.d.toString('base64'), raw.x.toString('base64')],
        ['bytes', raw.d, raw.x],
        ['the seed and the public key in one', Buffer.concat([raw.d, raw.x]), raw.x],
        ['a JWK', jwk, publicJwk],
        ['JSON of a JWK', JSON.stringify(jwk), JSON.stringify(publicJwk)],
      ])('takes keys as %s', async (_, secret, key) => {
        const signature = await ed25519.signer(secret as never, base64).sign(['id.', 'body'])
        expect(Buffer.from(signature)).toEqual(nodeSign(null, Buffer.from('id.body'), privateKey))
        const verifier = ed25519.verifier(key as never, base64)
        expect(await verifier.matches(['id.', 'body'], [new Uint8Array(64), signature])).toBe(true)
        expect(await verifier.matches(['id.', 'Body'], [signature])).toBe(false)
        expect(await verifier.matches(['id.', 'body'], [])).toBe(false)
        expect(verifier.keyBytes).toBeUndefined()
      })

      it('takes hex as a provider may show it', async () => {
        const hex = { encoding: 'hex' } as const
        const signature = await ed25519.signer(raw.d.toString('hex'), hex).sign(['body'])
        expect(await ed25519.verifier(raw.x.toString('hex'), hex).matches(['body'], [signature])).toBe(true)
      })

      it.each([
        ['the private key', `whsk_${raw.d.toString('base64')}`, /got the private one/],
        ['a shorter key', Buffer.alloc(31), /32 bytes, got 31/],
        ['a shared secret', 'whsec_AAEC', /base64/],
        ['another curve', { kty: 'EC', crv: 'P-256', x: jwk.x }, /crv Ed25519/],
        ['another type', { kty: 'RSA', crv: 'Ed25519', x: jwk.x }, /kty OKP/],
        ['a JWK without its key', { kty: 'OKP', crv: 'Ed25519' }, /`x`/],
        ['a JWK with another text', { kty: 'OKP', crv: 'Ed25519', x: '***' }, /`x`/],
        ['broken JSON', '{"kty":', /valid JSON/],
      ])('refuses to verify with %s', (_, secret, hint) => {
        expect(() => ed25519.verifier(secret as never, base64)).toThrow(hint)
      })

      it.each([
        ['the public key', `whpk_${raw.x.toString('base64')}`, /got the public one/],
        ['a key of another length', Buffer.alloc(33), /32 or 64 bytes, got 33/],
        ['a public JWK', publicJwk, /`d`/],
      ])('refuses to sign with %s', (_, secret, hint) => {
        expect(() => ed25519.signer(secret as never, base64)).toThrow(hint)
      })
    })

    test.prop([fc.string({ unit: 'binary' }), fc.uint8Array()])(
      'sha256 is what Node makes of the same bytes',
      async (text, bytes) => {
        expect(Buffer.from(await sha256([text, bytes])).toString('hex')).toBe(
          createHash('sha256').update(text).update(bytes).digest('hex'),
        )
      },
    )

    it('and is there at once where node:crypto is', () => {
      expect(digestsAtOnce).toBe(runtime === 'node:crypto')
      expect(sha256(['text']) instanceof Promise).toBe(!digestsAtOnce)
    })

    test.prop([fc.uint8Array(), fc.uint8Array()])('equal is true for the same bytes alone', (left, right) => {
      expect(equal(left, Uint8Array.from(left))).toBe(true)
      expect(equal(left, right)).toBe(Buffer.compare(left, right) === 0)
    })

    if (runtime === 'Web Crypto')
      it('nobody can get a key out of Web Crypto again', async ({ onTestFinished }) => {
        const importKey = vi.spyOn(crypto.subtle, 'importKey')
        onTestFinished(() => importKey.mockRestore())
        await hmacs['hmac-sha256'].signer('key', utf8).sign(['body'])
        await ed25519.signer(Buffer.alloc(32, 1), base64).sign(['body'])
        const imported = await Promise.all(importKey.mock.results.map(({ value }) => value))
        expect(imported).toMatchObject([{ extractable: false }, { extractable: false }])
      })

    it('secrets and ids are new every time, and of their form', () => {
      expect(generateSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(generateId()).toMatch(/^msg_[A-Za-z0-9_-]{22}$/)
      expect(new Set(Array.from({ length: 1000 }, generateId)).size).toBe(1000)
      expect(new Set(Array.from({ length: 1000 }, generateSecret)).size).toBe(1000)
    })
  })
}
