import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { sign, VerificationError, verify } from 'countersign'
import { fusionauth, plaid } from 'countersign/schemes'
import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1' }
const signingKey = { ...privateKey.export({ format: 'jwk' }), kid: 'key-1' }
const body = '{"webhook_code":"DEFAULT_UPDATE"}'
const hash = createHash('sha256').update(body).digest('hex')
const seconds = 1_700_000_000
const now = new Date(seconds * 1000)

const bytesOf = (part: unknown) => (part instanceof Uint8Array ? part : Buffer.from(JSON.stringify(part)))
const sound = { header: { alg: 'ES256', kid: 'key-1', typ: 'JWT' }, claims: { iat: seconds, request_body_sha256: hash } }

/** A token that the holder of the key has signed, whatever is in it. */
function signed(header: unknown = sound.header, claims: unknown = sound.claims) {
  const content = [header, claims].map((part) => Buffer.from(bytesOf(part)).toString('base64url')).join('.')
  const seal = signBytes('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${content}.${seal.toString('base64url')}`
}

/** What verification makes of a token: `accepted`, or the code and the hint of the refusal. */
const outcome = (token: string, more: object = {}) =>
  verify(plaid, { secret, headers: { 'plaid-verification': token }, body, now, ...more }).then(
    () => 'accepted',
    (error) => {
      expect(error).toBeInstanceOf(VerificationError)
      return `${error.code} ${error.hint}`
    },
  )

describe('a token', () => {
  it('that is sound says when it was issued, and nothing of an id', async () => {
    const verified = await verify(plaid, { secret, headers: { 'plaid-verification': signed() }, body, now })
    expect(verified).toEqual({ scheme: 'plaid', id: undefined, idIsSigned: false, timestamp: now, secretIndex: 0 })
  })

  it.each<[string, unknown, unknown]>([
    ['a header that is null', null, sound.claims],
    ['a header that is a list', [sound.header], sound.claims],
    ['a header that is text', 'ES256', sound.claims],
    ['a header that is not UTF-8', Buffer.from('{"alg":"ES256","a":"\xff"}', 'latin1'), sound.claims],
    ['a header that is no JSON', Buffer.from('alg'), sound.claims],
    ['an extension that must be understood', { ...sound.header, crit: ['exp'] }, sound.claims],
    ['claims that are null', sound.header, null],
    ['claims that are a list', sound.header, [sound.claims]],
    ['claims that are not UTF-8', sound.header, Buffer.from(JSON.stringify({ ...sound.claims, a: '\xff' }), 'latin1')],
  ])('with %s is in no form of one, though it is signed', async (_, header, claims) => {
    expect(await outcome(signed(header, claims))).toMatch(/^malformed_header plaid-verification: /)
  })

  it('has three parts, each with something in it', async () => {
    const [head, claims, seal] = signed().split('.') as [string, string, string]
    for (const parts of [
      [head, claims],
      [head, claims, seal, ''],
      [head, claims, seal, seal],
      ['', head, claims, seal],
      ['', claims, seal],
      [head, '', seal],
      [head, claims, ''],
      [head, claims, 'A'],
      [head, claims, `${seal}=`],
      [`${head}=`, claims, seal],
      [head],
      [],
    ]) {
      const told = await outcome(parts.join('.'))
      expect(told, parts.join('.')).toMatch(parts.length === 0 ? /^(missing|malformed)_header / : /^malformed_header plaid-/)
    }
  })

  it('is of 8 KiB at most', async () => {
    // Three bytes are four characters, so that not every length can be had by one part alone.
    const padded = (length: number) => {
      for (let head = 0; head < 3; head++) {
        for (let pad = 5800; pad < 6200; pad++) {
          const token = signed({ ...sound.header, pad: 'x'.repeat(head) }, { ...sound.claims, pad: 'x'.repeat(pad) })
          if (token.length === length) return token
          if (token.length > length) break
        }
      }
      throw new Error('no such length')
    }
    expect(await outcome(padded(8192))).toBe('accepted')
    expect(await outcome(padded(8193))).toMatch(/^malformed_header plaid-verification: /)
  })

  it('says its time in a number, and is good for five minutes', async () => {
    const at = (iat: unknown) => outcome(signed(sound.header, { ...sound.claims, iat }))
    expect(await at(seconds - 300)).toBe('accepted')
    expect(await at(seconds - 301)).toMatch(/^timestamp_too_old /)
    expect(await at(seconds + 301)).toMatch(/^timestamp_too_new /)
    for (const iat of [undefined, null, String(seconds), seconds + 0.5, true]) {
      expect(await at(iat)).toMatch(/^malformed_timestamp /)
    }
  })

  it('ends when it says so, and begins no sooner', async () => {
    const claiming = (claims: object) => outcome(signed(sound.header, { ...sound.claims, ...claims }))
    expect(await claiming({ exp: seconds + 1, nbf: seconds })).toBe('accepted')
    expect(await claiming({ exp: seconds })).toMatch(/^timestamp_too_old exp: the timestamp is too old/)
    expect(await claiming({ nbf: seconds + 1 })).toMatch(/^timestamp_too_new nbf: the timestamp is in the future/)
    for (const text of [String(seconds + 100), null]) expect(await claiming({ exp: text })).toMatch(/^timestamp_too_old exp: /)
    for (const text of [String(seconds - 100), null]) expect(await claiming({ nbf: text })).toMatch(/^timestamp_too_new nbf: /)
  })

  it('holds the hash of this body, and all of it', async () => {
    const claiming = (request_body_sha256: unknown) => outcome(signed(sound.header, { ...sound.claims, request_body_sha256 }))
    for (const claim of [undefined, 7, null, '', hash.slice(2), `${hash}00`, hash.toUpperCase(), 'no hex']) {
      expect(await claiming(claim)).toMatch(/^malformed_header request_body_sha256: /)
    }
    expect(await claiming(createHash('sha256').update('other').digest('hex'))).toMatch(/^signature_mismatch /)
  })

  it('is under the algorithm of the key, whatever it says', async () => {
    for (const alg of ['none', 'HS256', 'RS256', undefined]) {
      expect(await outcome(signed({ ...sound.header, alg }))).toMatch(/^signature_mismatch /)
    }
    const [head, claims] = signed().split('.')
    expect(await outcome(`${head}.${claims}.${Buffer.alloc(64).toString('base64url')}`)).toMatch(/^signature_mismatch /)
  })

  it('that we write is one to others, with the name of its key', async () => {
    const headers = await sign(plaid, { secret: signingKey, body, timestamp: new Date(seconds * 1000 + 999) })
    const token = headers['plaid-verification'] as string
    const { payload, protectedHeader } = await compactVerify(token, await importJWK(secret, 'ES256'))
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'key-1', typ: 'JWT' })
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ iat: seconds, request_body_sha256: hash })
    expect(await outcome(token)).toBe('accepted')
  })

  it('says no time where its scheme has none', async () => {
    const shared = 'a secret that both sides share, long enough'
    const headers = await sign(fusionauth, { secret: shared, body })
    const [head, claims] = (headers['x-fusionauth-signature-jwt'] as string)
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    expect(head).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(claims).toEqual({ request_body_sha256: createHash('sha256').update(body).digest('base64') })
    await expect(verify(fusionauth, { secret: shared, headers, body })).resolves.toMatchObject({ timestamp: undefined })
  })
})
