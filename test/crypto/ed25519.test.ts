import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
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
      ['DER of something else', '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----', /an Ed25519 key in SPKI/],
    ])('refuses to verify with %s', (_, secret, hint) => {
      expect(() => ed25519.verifier(secret, format)).toThrow(hint)
      expect(() => ed25519.verifier(secret, format)).toThrow(ConfigurationError)
    })

    it.each([
      ['the public key', keys.ed25519.publicKey, /got the public one/],
      ['another curve', String(x25519.privateKey.export({ format: 'pem', type: 'pkcs8' })), /Ed25519/],
      ['no seed', '-----BEGIN PRIVATE KEY-----\nMA4CAQAwBQYDK2VwBAIEAA==\n-----END PRIVATE KEY-----', /got 0/],
      ['nothing', '-----BEGIN PRIVATE KEY-----\nMAwCAQAwBQYDK2VwBAA=\n-----END PRIVATE KEY-----', /got 0/],
    ])('refuses to sign with %s', (_, secret, hint) => {
      expect(() => ed25519.signer(secret, format)).toThrow(hint)
    })

    it('takes a public key that looks like DER for what it is', async () => {
      // The public key of this seed begins with 041e, as an OCTET STRING of 30 bytes does.
      const seed = Buffer.from('2d12'.padStart(64, '0'), 'hex')
      const info = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
      const pem = String(
        createPublicKey(createPrivateKey({ key: info, format: 'der', type: 'pkcs8' })).export({ format: 'pem', type: 'spki' }),
      )
      const signature = await ed25519.signer(seed, format).sign(['body'])
      expect(await ed25519.verifier(pem, format).matches(['body'], [signature])).toBe(true)
    })

    it('signs and verifies with the keys of RFC 8410, section 10.3, of which the private one has more in it', async () => {
      const lines = [
        'MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC',
        'oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB',
        'Z9w7lshQhqowtrbLDFw4rXAxZuE=',
      ]
      const signature = await ed25519
        .signer(`-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----`, format)
        .sign(['body'])
      const key = 'Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE='
      expect(await ed25519.verifier(key, format).matches(['body'], [signature])).toBe(true)
    })
  })
}

it('a private key in PEM may lack the structure around its seed', async () => {
  const { ed25519 } = await load('node:crypto', () => import('../../src/crypto/ed25519'))
  const { writeDer } = await import('../../src/crypto/der')
  const seed = Uint8Array.from({ length: 32 }, () => 0xff)
  const oid = Uint8Array.of(0x06, 0x03, 0x2b, 0x65, 0x70)
  const info = writeDer(0x30, Uint8Array.of(0x02, 0x01, 0x00), writeDer(0x30, oid), writeDer(0x04, seed))
  const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(info).toString('base64')}\n-----END PRIVATE KEY-----\n`
  const format = { encoding: 'base64' } as const
  expect(await ed25519.signer(pem, format).sign(['a'])).toEqual(await ed25519.signer(seed, format).sign(['a']))
})

describe('a node:crypto that takes no key of its own making', () => {
  it('is passed over: Web Crypto gives the same answers', async ({ onTestFinished }) => {
    const node = process.getBuiltinModule('node:crypto')
    const refuse = () => {
      throw new TypeError('The "options.key" property must be of type string')
    }
    const spies = [vi.spyOn(node, 'verify').mockImplementation(refuse), vi.spyOn(node, 'sign').mockImplementation(refuse)]
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore()
    })
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const { ed25519 } = await load('node:crypto', () => import('../../src/crypto/ed25519'))
    expect(ed25519).toMatchObject({ name: 'ed25519', signatureBytes: 64 })
    const signer = ed25519.signer(privateKey.export({ format: 'jwk' }) as never, format)
    const verifier = ed25519.verifier(publicKey.export({ format: 'jwk' }) as never, format)
    const signature = await signer.sign(['body'])
    expect(await verifier.matches(['body'], [new Uint8Array(64), signature])).toBe(true)
    expect(await verifier.matches(['other'], [signature])).toBe(false)
    for (const spy of spies) expect(spy).toHaveBeenCalled()
  })
})
