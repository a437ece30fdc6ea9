import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { test } from '@fast-check/vitest'
import { ConfigurationError } from 'countersign'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keys } from '../schemes/rfc9421-keys'
import { vectors } from '../vectors/vectors'
import { load, runtimes } from './runtimes'

const format = { encoding: 'base64' } as const
const hash = 'sha256'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })
const pkcs8 = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const spkiPem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'spki' }))
const pkcs8Pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }))
const changed = (bytes: Uint8Array, at: number) => Buffer.from(bytes).fill((bytes.at(at) as number) ^ 1, at, at + 1)

const { d: _, ...publicJwk } = jwkOf(privateKey)

for (const runtime of runtimes) {
  const { ecdsaP256, ecdsaP256Der, ...errors } = await load(runtime, async () => ({
    ...(await import('../../src/crypto/ecdsa')),
    ...(await import('../../src/core/errors')),
  }))

  describe(`ECDSA under ${runtime}`, () => {
    it.each([
      ['PEM', pkcs8Pem(privateKey), spkiPem(publicKey)],
      ['PEM with CRLF', pkcs8Pem(privateKey).replace(/\n/g, '\r\n'), spkiPem(publicKey).replace(/\n/g, '\r\n')],
      ['PEM without its last line break', pkcs8Pem(privateKey).trim(), spkiPem(publicKey).trim()],
      ['base64', pkcs8(privateKey).toString('base64'), spki(publicKey).toString('base64')],
      ['bytes', pkcs8(privateKey), spki(publicKey)],
      ['a JWK', jwkOf(privateKey), publicJwk],
      ['JSON of a JWK', JSON.stringify(jwkOf(privateKey)), JSON.stringify(publicJwk)],
    ])('takes keys as %s', async (_, secret, key) => {
      for (const [algorithm, dsaEncoding] of [
        [ecdsaP256, 'ieee-p1363'],
        [ecdsaP256Der, 'der'],
      ] as const) {
        const signature = await algorithm.signer(secret as never, format).sign(['id.', 'body'])
        expect(verify(hash, Buffer.from('id.body'), { key: publicKey, dsaEncoding }, signature)).toBe(true)
        const verifier = algorithm.verifier(key as never, format)
        const theirs = sign(hash, Buffer.from('id.body'), { key: privateKey, dsaEncoding })
        expect(await verifier.matches(['id.', 'body'], [new Uint8Array(64), theirs])).toBe(true)
        expect(await verifier.matches(['id.', 'body'], [signature])).toBe(true)
        expect(await verifier.matches(['id.', 'Body'], [signature])).toBe(false)
        expect(await verifier.matches(['id.', 'body'], [])).toBe(false)
        expect(verifier.keyBytes).toBeUndefined()
      }
    })

    it('reads the example of RFC 7515, appendix A.3', async () => {
      const jwk = {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      }
      const [head, payload, signature] = (
        'eyJhbGciOiJFUzI1NiJ9' +
        '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
        '.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
      ).split('.') as [string, string, string]
      const candidate = Buffer.from(signature, 'base64url')
      expect(await ecdsaP256.verifier(jwk, format).matches([head, '.', payload], [candidate])).toBe(true)
      expect(await ecdsaP256.verifier(jwk, format).matches([head, '.', `${payload}A`], [candidate])).toBe(false)
    })

    it('reads the response of RFC 9421, appendix B.2.4', async () => {
      const base = [
        '"@status": 200',
        '"content-type": application/json',
        '"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:',
        '"content-length": 23',
        '"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
      ].join('\n')
      const signature = Buffer.from(
        'wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==',
        'base64',
      )
      const verifier = ecdsaP256.verifier(keys.p256.publicKey, format)
      expect(await verifier.matches([base], [signature])).toBe(true)
      expect(await verifier.matches([base], [changed(signature, 63)])).toBe(false)
      const ours = await ecdsaP256
        .signer(String(createPrivateKey(keys.p256.sec1).export({ format: 'pem', type: 'pkcs8' })), format)
        .sign([base])
      expect(await verifier.matches([base], [ours])).toBe(true)
    })

    it('reads the example of SendGrid', async () => {
      const vector = vectors.find(({ id }) => id === 'sendgrid/official')
      const [timestamp, signature] = ['timestamp', 'signature'].map((name) =>
        String(vector?.headers[`x-twilio-email-event-webhook-${name}`]),
      ) as [string, string]
      const verifier = ecdsaP256Der.verifier(vector?.publicKey ?? '', format)
      expect(await verifier.matches([timestamp, vector?.body ?? ''], [Buffer.from(signature, 'base64')])).toBe(true)
    })

    it('takes a private key without the public one in it, and does not believe a false one', async () => {
      const { d, ...ours } = jwkOf(privateKey)
      const theirs = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
      const short = Buffer.concat([
        Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
        Buffer.from(d as string, 'base64url'),
      ])
      for (const secret of [short, { kty: 'EC', crv: 'P-256', d }, { ...ours, d, x: theirs.x, y: theirs.y }]) {
        const signature = await ecdsaP256.signer(secret as never, format).sign(['body'])
        expect(verify(hash, Buffer.from('body'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
      }
    })

    describe('knows one DER of each signature', () => {
      // A signature whose r and s are both positive without a zero before them would not show what is wanted.
      const der = (r: string, s: string) => {
        const content = Buffer.from(r + s, 'hex')
        return Buffer.concat([Buffer.from([0x30, content.length]), content])
      }
      const body = Buffer.from('body')
      const full = () => {
        for (;;) {
          const raw = sign(hash, body, { key: privateKey, dsaEncoding: 'ieee-p1363' })
          if ((raw[0] as number) >= 0x80 && (raw[32] as number) < 0x80 && (raw[32] as number) > 0) return raw
        }
      }
      const raw = full()
      const [r, s] = [raw.subarray(0, 32).toString('hex'), raw.subarray(32).toString('hex')]
      const verifier = ecdsaP256Der.verifier(spki(publicKey), format)
      const good = der(`022100${r}`, `0220${s}`)

      it('and accepts it', async () => {
        expect(await verifier.matches([body], [good])).toBe(true)
      })

      it.each<[string, Uint8Array]>([
        ['nothing', Buffer.alloc(0)],
        ['the raw bytes', raw],
        ['a byte behind it', Buffer.concat([good, Buffer.from([0])])],
        ['a byte behind the numbers, inside', der(`022100${r}`, `0220${s}00`)],
        ['a third number', der(`022100${r}`, `0220${s}020101`)],
        ['one number', der(`022100${r}`, '')],
        ['a cut end', good.subarray(0, -1)],
        ['a negative number', der(`0220${r}`, `0220${s}`)],
        ['a zero too many', der(`022100${r}`, `022100${s}`)],
        ['two zeros too many', der(`02220000${r}`, `0220${s}`)],
        ['a length in two bytes', Buffer.concat([Buffer.from([0x30, 0x81]), good.subarray(1)])],
        ['the length of a number in two bytes', der(`02812100${r}`, `0220${s}`)],
        ['an indefinite length', Buffer.concat([Buffer.from([0x30, 0x80]), good.subarray(2), Buffer.from([0, 0])])],
        ['a SET', Buffer.concat([Buffer.from([0x31]), good.subarray(1)])],
        ['an octet string for a number', der(`042100${r}`, `0220${s}`)],
        ['a number of 33 digits', der(`022101${r}`, `0220${s}`)],
        ['an empty number', der('0200', `0220${s}`)],
        ['zero', der('020100', `0220${s}`)],
        ['both zero', der('020100', '020100')],
        ['r + n', der(`022101${(BigInt(`0x${r}`) % 2n ** 255n).toString(16).padStart(64, '0')}`, `0220${s}`)],
      ])('and refuses %s', async (_, signature) => {
        expect(await verifier.matches([body], [signature])).toBe(false)
      })

      test.prop([fc.uint8Array({ maxLength: 200 })])('and no bytes make it throw', async (bytes) => {
        expect(await verifier.matches([body], [bytes])).toBe(false)
      })
      test.prop([fc.nat(good.length - 1), fc.nat(255)])('and refuses what differs in one byte', async (at, byte) => {
        const other = Buffer.from(good)
        other[at] = byte
        expect(await verifier.matches([body], [other])).toBe(other.equals(good))
      })
    })

    test.prop([fc.uint8Array()])('DER and raw bytes are the same signatures', async (body) => {
      const raw = await ecdsaP256.signer(pkcs8(privateKey), format).sign([body])
      const der = await ecdsaP256Der.signer(pkcs8(privateKey), format).sign([body])
      expect(raw.length).toBe(ecdsaP256.signatureBytes)
      expect(verify(hash, body, publicKey, der)).toBe(true)
      expect(verify(hash, body, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true)
      expect(await ecdsaP256Der.verifier(spki(publicKey), format).matches([body], [raw, der])).toBe(true)
    })

    it.each([
      ['wrong lengths', new Uint8Array(63)],
      ['nothing', new Uint8Array()],
      ['zeros', new Uint8Array(64)],
      ['more than the order', new Uint8Array(64).fill(255)],
    ])('refuses %s as a raw signature', async (_, signature) => {
      expect(await ecdsaP256.verifier(spki(publicKey), format).matches(['body'], [signature])).toBe(false)
    })

    const point = spki(publicKey).subarray(26)
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.from([2 + ((point[64] as number) & 1)]),
      point.subarray(1, 33),
    ])
    const prime = (2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n).toString(16)
    const pointOf = (x: string, y: string) => Buffer.concat([spki(publicKey).subarray(0, 27), Buffer.from(x + y, 'hex')])
    // Of the points whose x is 0 or whose y is 5: numbers that are too large for a field of the prime, and fit into 32 bytes.
    const rootOfB = '66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4'
    const besideFive = 'd7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7'
    const primeAndFive = (BigInt(`0x${prime}`) + 5n).toString(16)

    it.each<[string, unknown, RegExp]>([
      ['the private key in PEM', pkcs8Pem(privateKey), /got the private one/],
      ['the private key in base64', pkcs8(privateKey).toString('base64'), /got the private one/],
      ['the private key in bytes', pkcs8(privateKey), /got the private one/],
      ['the private JWK', jwkOf(privateKey), /got the private one/],
      ['the private key of SEC 1', keys.p256.sec1, /BEGIN PUBLIC KEY/],
      ['another curve', spki(p384.publicKey), /P-256/],
      ['a JWK of another curve', jwkOf(p384.publicKey), /kty EC and crv P-256 with/],
      ['another kind', spkiPem(rsa.publicKey), /P-256/],
      ['a JWK of another kind', jwkOf(rsa.publicKey), /kty EC/],
      ['Ed25519', keys.ed25519.publicKey, /P-256/],
      ['a JWK without `y`', { kty: 'EC', crv: 'P-256', x: publicJwk.x }, /`y`/],
      ['a JWK with another text', { ...publicJwk, y: '***' }, /`y`/],
      ['a JWK of null', { ...publicJwk, y: null }, /`y`/],
      ['a JWK with a shorter number', { ...publicJwk, y: 'AAEC' }, /uncompressed/],
      ['a JWK with a zero before a number', { ...publicJwk, y: zeroBefore(publicJwk.y) }, /uncompressed/],
      ['broken JSON', '{"kty":', /valid JSON/],
      ['a point beside the curve', changed(spki(publicKey), 90), /beside/],
      ['the point at zero', Buffer.from(spki(publicKey)).fill(0, 27), /beside/],
      ['numbers over the prime', pointOf(prime, prime), /beside/],
      ['an x that is the prime', pointOf(prime, rootOfB), /beside/],
      ['a y over the prime', pointOf(besideFive, primeAndFive), /beside/],
      ['a compressed point', compressed, /uncompressed/],
      [
        'a point in both forms at once',
        changed(spki(publicKey), 26).fill(6 + ((point[64] as number) & 1), 26, 27),
        /uncompressed/,
      ],
      ['a raw point', point, /SPKI/],
      ['a byte behind', Buffer.concat([spki(publicKey), Buffer.from([0])]), /SPKI/],
      ['a cut end', spki(publicKey).subarray(0, -1), /SPKI/],
      ['unused bits', changed(spki(publicKey), 25), /SPKI/],
      ['another algorithm identifier', changed(spki(publicKey), 22), /P-256/],
      ['text of no encoding', 'not base64', /base64/],
      ['base64 of something', 'AAEC', /SPKI/],
      ['white space around', ` ${spki(publicKey).toString('base64')}`, /white space/],
      ['PEM in one line', spkiPem(publicKey).replace(/\n/g, ' '), /line breaks/],
      ['PEM with escaped line breaks', spkiPem(publicKey).replace(/\n/g, '\\n'), /line breaks/],
      ['PEM without its end', spkiPem(publicKey).slice(0, -10), /line breaks/],
      ['PEM with text that is no base64', spkiPem(publicKey).replace('MFk', 'M=k'), /line breaks/],
      ['two keys', spkiPem(publicKey) + spkiPem(publicKey), /line breaks/],
      ['a certificate', '-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n', /BEGIN PUBLIC KEY/],
      ['nothing', '', /not to be empty/],
      ['a number', 7, /EC/],
    ])('refuses to verify with %s', (_, secret, hint) => {
      for (const algorithm of [ecdsaP256, ecdsaP256Der]) {
        expect(() => algorithm.verifier(secret as never, format)).toThrow(hint)
        expect(() => algorithm.verifier(secret as never, format)).toThrow(errors.ConfigurationError)
      }
    })

    const zero = Buffer.alloc(32).toString('base64url')
    const most = Buffer.alloc(32, 255).toString('base64url')
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex').toString('base64url')
    const pkcs8Of = (before: string) => Buffer.concat([Buffer.from(before, 'hex'), Buffer.alloc(32, 1)])
    const structured = pkcs8Of('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420')
    const bare = pkcs8Of('303a020100301306072a8648ce3d020106082a8648ce3d0301070420')
    it.each<[string, unknown, RegExp]>([
      ['the public key in PEM', spkiPem(publicKey), /got the public one/],
      ['the public key in bytes', spki(publicKey), /got the public one/],
      ['the public JWK', publicJwk, /`d`/],
      ['the private key of SEC 1', keys.p256.sec1, /BEGIN PRIVATE KEY/],
      [
        'an encrypted key',
        '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAEC\n-----END ENCRYPTED PRIVATE KEY-----\n',
        /BEGIN PRIVATE KEY/,
      ],
      ['another curve', pkcs8(p384.privateKey), /P-256/],
      ['another kind', pkcs8(rsa.privateKey), /P-256/],
      ['zero', { kty: 'EC', crv: 'P-256', d: zero }, /P-256/],
      ['a number over the order', { kty: 'EC', crv: 'P-256', d: most }, /P-256/],
      ['the order', { kty: 'EC', crv: 'P-256', d: order }, /to be a key on the curve P-256$/],
      ['a version that is no number', Buffer.from(structured).fill(4, 2, 3), /PKCS #8/],
      ['a scalar that is no octet string', Buffer.from(structured).fill(3, 33, 34), /to be a key on the curve P-256$/],
      ['no structure around the scalar', bare, /to be a key on the curve P-256$/],
      ['a shorter number', { kty: 'EC', crv: 'P-256', d: 'AAEC' }, /P-256/],
      ['a cut end', pkcs8(privateKey).subarray(0, -1), /PKCS #8/],
      ['a byte behind', Buffer.concat([pkcs8(privateKey), Buffer.from([0])]), /PKCS #8/],
    ])('refuses to sign with %s', (_, secret, hint) => {
      expect(() => ecdsaP256.signer(secret as never, format)).toThrow(hint)
      expect(() => ecdsaP256Der.signer(secret as never, format)).toThrow(errors.ConfigurationError)
    })

    test.prop([fc.oneof(fc.string(), fc.uint8Array(), fc.object()), fc.nat(90), fc.nat(255)])(
      'no secret makes anything but a ConfigurationError',
      (secret, at, byte) => {
        const other = Buffer.from(spki(publicKey))
        other[at] = byte
        for (const given of [secret, other]) {
          for (const read of [ecdsaP256.verifier, ecdsaP256.signer]) {
            try {
              read(given as never, format)
            } catch (error) {
              expect(error).toBeInstanceOf(ConfigurationError)
            }
          }
        }
      },
    )
  })
}

function zeroBefore(text: string | undefined): string {
  return Buffer.concat([Buffer.from([0]), Buffer.from(text ?? '', 'base64url')]).toString('base64url')
}

it('the keys of the RFC are the two halves of one', () => {
  expect(spkiPem(createPublicKey(keys.p256.sec1))).toBe(keys.p256.publicKey)
})
