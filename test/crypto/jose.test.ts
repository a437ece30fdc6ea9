import { generateKeyPairSync } from 'node:crypto'
import { ConfigurationError } from 'countersign'
import { describe, expect, it } from 'vitest'
import { es256, jose } from '../../src/crypto/jose'

const format = { encoding: 'utf8' } as const
const jwkOf = (pair: { publicKey: { export(options: { format: 'jwk' }): object } }) => pair.publicKey.export({ format: 'jwk' })
const ec = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }))

describe('the algorithm of a JSON Web Token', () => {
  it.each<[string, unknown]>([
    ['HS256', 'a shared secret of some length'],
    ['HS256', new Uint8Array(32).fill(1)],
    ['ES256', ec],
    ['ES256', JSON.stringify(ec)],
    ['EdDSA', jwkOf(generateKeyPairSync('ed25519'))],
    ['RS256', jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
  ])('is %s, by the key alone', (name, secret) => {
    expect(jose.verifier(secret as never, format)).toMatchObject({ name })
  })

  it.each([{ kty: 'oct', k: 'AAEC' }, { kty: 'toString' }, { kty: ['EC'] }, { kty: null }, {}])(
    'is none of the key %j',
    (jwk) => {
      for (const make of [jose.verifier, jose.signer]) {
        expect(() => make(jwk as never, format)).toThrow(ConfigurationError)
        expect(() => make(jwk as never, format)).toThrow('a JSON Web Key of kty EC, OKP or RSA')
      }
    },
  )

  it.each([
    { kty: 'EC', crv: 'P-256' },
    { kty: 'OKP', crv: 'Ed25519', x: null },
    { kty: 'RSA', n: 7, e: 'AQAB' },
  ])('takes no part of a key, as in %j', (jwk) => {
    expect(() => jose.verifier(jwk as never, format)).toThrow(ConfigurationError)
  })

  it('has the name that tokens have for it', () => {
    expect(jose.name).toBe('jose')
    expect(es256.verifier(ec as never, format)).toMatchObject({ name: 'ES256' })
  })
})
