import { constants, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keys } from '../schemes/rfc9421-keys'
import { load, runtimes } from './runtimes'

const format = { encoding: 'base64' } as const
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const restricted = generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256' })
const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
const cubic = generateKeyPairSync('rsa', { modulusLength: 2056, publicExponent: 3 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })
const pkcs8 = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const spkiPem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'spki' }))
const pkcs8Pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }))
const jwk = jwkOf(publicKey)

const v15 = { padding: constants.RSA_PKCS1_PADDING }
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }

for (const runtime of runtimes) {
  const { rsaSha256, rsaSha1, rsaPssSha512, ConfigurationError } = await load(runtime, async () => ({
    ...(await import('../../src/crypto/rsa')),
    ...(await import('../../src/core/errors')),
  }))
  const algorithms = [
    ['rsaSha256', rsaSha256, 'sha256', v15],
    ['rsaSha1', rsaSha1, 'sha1', v15],
    ['rsaPssSha512', rsaPssSha512, 'sha512', pss],
  ] as const

  describe(`RSA under ${runtime}`, () => {
    describe.each(algorithms)('%s', (_, algorithm, hash, padding) => {
      it.each([
        ['PEM', pkcs8Pem(privateKey), spkiPem(publicKey)],
        ['base64', pkcs8(privateKey).toString('base64'), spki(publicKey).toString('base64')],
        ['bytes', pkcs8(privateKey), spki(publicKey)],
        ['a JWK', jwkOf(privateKey), jwk],
        ['JSON of a JWK', JSON.stringify(jwkOf(privateKey)), JSON.stringify(jwk)],
        ['a JWK with a zero before its modulus', jwkOf(privateKey), { ...jwk, n: zeroBefore(jwk.n) }],
      ])('takes keys as %s', async (_, secret, key) => {
        const signature = await algorithm.signer(secret as never, format).sign(['id.', 'body'])
        expect(verify(hash, Buffer.from('id.body'), { key: publicKey, ...padding }, signature)).toBe(true)
        const verifier = algorithm.verifier(key as never, format)
        const theirs = sign(hash, Buffer.from('id.body'), { key: privateKey, ...padding })
        expect(await verifier.matches(['id.', 'body'], [new Uint8Array(256), theirs])).toBe(true)
        expect(await verifier.matches(['id.', 'body'], [signature])).toBe(true)
        expect(await verifier.matches(['id.', 'Body'], [signature])).toBe(false)
        expect(await verifier.matches(['id.', 'body'], [])).toBe(false)
        expect(verifier.keyBytes).toBeUndefined()
      })

      it('takes another exponent, and a modulus that fills no byte', async () => {
        const signature = await algorithm.signer(pkcs8(cubic.privateKey), format).sign(['body'])
        expect(await algorithm.verifier(spki(cubic.publicKey), format).matches(['body'], [signature])).toBe(true)
      })

      it('takes a key of 8192 bits', () => {
        const longest = { kty: 'RSA', n: Buffer.alloc(1024, 255).toString('base64url'), e: 'AQAB' }
        expect(() => algorithm.verifier(longest, format)).not.toThrow()
      })

      it('accepts no signature of another hash or padding', async () => {
        const verifier = algorithm.verifier(spki(publicKey), format)
        const others = [
          sign(hash, Buffer.from('body'), { key: privateKey, ...(padding === v15 ? pss : v15) }),
          sign('sha384', Buffer.from('body'), { key: privateKey, ...padding }),
          ...(padding === pss ? [sign(hash, Buffer.from('body'), { key: privateKey, ...pss, saltLength: 32 })] : []),
        ]
        expect(await verifier.matches(['body'], others)).toBe(false)
      })

      test.prop([fc.uint8Array({ maxLength: 300 })], { numRuns: 30 })('no bytes make it throw', async (bytes) => {
        expect(await algorithm.verifier(spki(publicKey), format).matches(['body'], [bytes])).toBe(false)
      })

      const der = spki(publicKey)
      const even = Buffer.from(der)
      // The last byte of the modulus stands before the 5 of the exponent.
      even[der.length - 6] = (der[der.length - 6] as number) & 0xfe
      it.each<[string, unknown, RegExp]>([
        ['the private key in PEM', pkcs8Pem(privateKey), /got the private one/],
        ['the private key in bytes', pkcs8(privateKey), /got the private one/],
        ['the private JWK', jwkOf(privateKey), /got the private one/],
        ['PKCS #1', keys.rsaPkcs1, /BEGIN PUBLIC KEY/],
        ['the bytes of PKCS #1', publicKey.export({ format: 'der', type: 'pkcs1' }), /an RSA key in SPKI/],
        ['1024 bits', spki(short.publicKey), /2048 to 8192 bits, got 1024/],
        ['a JWK of 1024 bits', jwkOf(short.publicKey), /got 1024/],
        ['2047 bits', { kty: 'RSA', n: Buffer.alloc(256, 0x7f).toString('base64url'), e: 'AQAB' }, /got 2047/],
        ['8193 bits', { kty: 'RSA', n: Buffer.alloc(1025, 1).toString('base64url'), e: 'AQAB' }, /got 8193/],
        ['no modulus', { kty: 'RSA', n: '', e: 'AQAB' }, /got 1/],
        ['an even modulus', even, /make none/],
        ['an exponent of 1', { ...jwk, e: 'AQ' }, /make none/],
        ['an even exponent', { ...jwk, e: 'AQAA' }, /make none/],
        ['no exponent', { ...jwk, e: '' }, /make none/],
        ['an exponent of 5 bytes', { ...jwk, e: Buffer.from('0100000001', 'hex').toString('base64url') }, /make none/],
        ['another kind', spkiPem(p256.publicKey), /RSA/],
        ['a JWK of another kind', jwkOf(p256.publicKey), /kty RSA/],
        ['a JWK without `e`', { kty: 'RSA', n: jwk.n }, /`e`/],
        ['a restricted key', spki(restricted.publicKey), /RSA/],
        ['a byte behind', Buffer.concat([der, Buffer.from([0])]), /SPKI/],
        ['a cut end', der.subarray(0, -1), /SPKI/],
        ['nothing', '', /not to be empty/],
      ])('refuses to verify with %s', (_, secret, hint) => {
        expect(() => algorithm.verifier(secret as never, format)).toThrow(hint)
        expect(() => algorithm.verifier(secret as never, format)).toThrow(ConfigurationError)
      })

      const { qi: _qi, ...incomplete } = jwkOf(privateKey)
      it.each<[string, unknown, RegExp]>([
        ['the public key in PEM', spkiPem(publicKey), /got the public one/],
        ['the public key in bytes', spki(publicKey), /got the public one/],
        ['the public JWK', jwk, /`d`/],
        ['a JWK without `qi`', incomplete, /`qi`/],
        ['PKCS #1', String(privateKey.export({ format: 'pem', type: 'pkcs1' })), /BEGIN PRIVATE KEY/],
        ['1024 bits', pkcs8(short.privateKey), /got 1024/],
        ['another kind', pkcs8(p256.privateKey), /RSA/],
        ['a restricted key', pkcs8(restricted.privateKey), /RSA/],
        ['a cut end', pkcs8(privateKey).subarray(0, -1), /PKCS #8/],
      ])('refuses to sign with %s', (_, secret, hint) => {
        expect(() => algorithm.signer(secret as never, format)).toThrow(hint)
        expect(() => algorithm.signer(secret as never, format)).toThrow(ConfigurationError)
      })

      const [d, p, q] = (['d', 'p', 'q'] as const).map((name) => numberOf(jwkOf(privateKey)[name])) as [bigint, bigint, bigint]
      it.each<[string, object]>([
        ...['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name): [string, object] => [name, { [name]: 'AQAB' }]),
        ['n', { n: textOf(numberOf(jwk.n) + 2n) }],
        ['p and q', { p: jwk.n, q: 'AQ' }],
        ['q and p', { p: 'AQ', q: jwk.n }],
        ['e', { e: 'Aw' }],
        ['d as far as p goes', { d: textOf(d + q - 1n), dp: textOf((d + q - 1n) % (p - 1n)) }],
        ['d as far as q goes', { d: textOf(d + p - 1n), dq: textOf((d + p - 1n) % (q - 1n)) }],
      ])('refuses to sign with numbers that do not fit one another: another %s', (_, other) => {
        expect(() => algorithm.signer({ ...jwkOf(privateKey), ...other } as never, format)).toThrow(/make none/)
      })
    })

    it('takes a key for PSS alone where PSS signs, and nowhere else', async () => {
      for (const key of [pkcs8(pssOnly.privateKey), keys.rsaPss.privateKey]) {
        const signature = await rsaPssSha512.signer(key, format).sign(['body'])
        expect(signature.length).toBe(256)
        expect(() => rsaSha256.signer(key, format)).toThrow(ConfigurationError)
      }
      const signature = await rsaPssSha512.signer(pkcs8(pssOnly.privateKey), format).sign(['body'])
      expect(await rsaPssSha512.verifier(spki(pssOnly.publicKey), format).matches(['body'], [signature])).toBe(true)
      expect(() => rsaSha1.verifier(spki(pssOnly.publicKey), format)).toThrow(ConfigurationError)
    })

    it('reads the example of RFC 9421, appendix B.2.1', async () => {
      const base = `"@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"`
      const signature =
        'd2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q=='
      const verifier = rsaPssSha512.verifier(keys.rsaPss.publicKey, format)
      expect(await verifier.matches([base], [Buffer.from(signature, 'base64')])).toBe(true)
      const ours = await rsaPssSha512.signer(keys.rsaPss.privateKey, format).sign([base])
      expect(await verifier.matches([base], [ours])).toBe(true)
      expect(await verifier.matches([`${base} `], [ours])).toBe(false)
    })

    it('signs the example of RFC 7515, appendix A.2, to the byte', async () => {
      const { jwk, input, signature } = rs256
      const made = await rsaSha256.signer(jwk, format).sign([input])
      expect(Buffer.from(made).toString('base64url')).toBe(signature)
      const { n, e } = jwk
      expect(await rsaSha256.verifier({ kty: 'RSA', n, e }, format).matches([input], [made])).toBe(true)
    })
  })
}

function zeroBefore(text: string | undefined): string {
  return Buffer.concat([Buffer.from([0]), Buffer.from(text ?? '', 'base64url')]).toString('base64url')
}

const numberOf = (text: string | undefined) => BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`)
const textOf = (number: bigint) => Buffer.from(number.toString(16).padStart(512, '0'), 'hex').toString('base64url')

const rs256 = {
  jwk: {
    kty: 'RSA',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
    d: 'Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ',
    p: '4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc',
    q: 'uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc',
    dp: 'BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0',
    dq: 'h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU',
    qi: 'IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U',
  },
  input: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  signature:
    'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
}

it('a modulus that is negative is refused', async () => {
  const { rsaSha256 } = await import('../../src/crypto/rsa')
  const bytes = Buffer.from(spki(publicKey))
  const at = bytes.indexOf(Buffer.from([0x02, 0x82, 0x01, 0x01, 0x00]))
  bytes[at + 4] = 0x80
  expect(() => rsaSha256.verifier(bytes, format)).toThrow('to be an RSA key')
})
