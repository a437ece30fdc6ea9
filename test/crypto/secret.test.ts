import { inspect } from 'node:util'
import { ConfigurationError, sign, verify } from 'countersign'
import { github, standardWebhooks } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { type Secret, secretBytes } from '../../src/crypto/secret'

const base64 = { encoding: 'base64', prefix: 'whsec_' } as const

describe('secretBytes', () => {
  it('reads text as the scheme says', () => {
    expect(secretBytes('ä b', { encoding: 'utf8' })).toEqual(new Uint8Array([0xc3, 0xa4, 0x20, 0x62]))
    expect(secretBytes('whsec_AAEC', base64)).toEqual(new Uint8Array([0, 1, 2]))
    expect(secretBytes('AAEC', base64)).toEqual(new Uint8Array([0, 1, 2]))
    expect(secretBytes('00ff', { encoding: 'hex' })).toEqual(new Uint8Array([0, 255]))
  })

  it('takes bytes as they are', () => {
    expect(secretBytes(new Uint8Array([9]), base64)).toEqual(new Uint8Array([9]))
  })

  it.each<[string, Secret | undefined, RegExp]>([
    ['an empty text', '', /not to be empty/],
    ['nothing after the prefix', 'whsec_', /not to be empty/],
    ['empty bytes', new Uint8Array(), /not to be empty/],
    ['white space before', ' whsec_AAEC', /white space around/],
    ['a line break after', 'whsec_AAEC\n', /white space around/],
    ['a pasted version', 'v1,whsec_AAEC', /canonical base64/],
    ['junk in base64', 'whsec_AA*C', /canonical base64/],
    ['missing padding', 'whsec_AAE', /canonical base64/],
    ['stray bits', 'whsec_AB==', /canonical base64/],
    ['an object', { kty: 'oct', k: 'AAEC' }, /text or bytes/],
    ['a number', 7 as never, /text or bytes/],
  ])('refuses %s', (_, secret, hint) => {
    expect(() => secretBytes(secret as Secret, base64)).toThrow(hint)
    expect(() => secretBytes(secret as Secret, base64)).toThrow(ConfigurationError)
  })

  it('takes hex in capitals, and refuses what is no hex, and white space in text', () => {
    expect(secretBytes('00FF', { encoding: 'hex' })).toEqual(new Uint8Array([0, 255]))
    expect(() => secretBytes('0x0F', { encoding: 'hex' })).toThrow('Expected `secret` to be … in canonical hex')
    expect(() => secretBytes('secret\r\n', { encoding: 'utf8' })).toThrow(/white space around/)
  })
})

describe('a key of a key pair is never a shared secret', () => {
  it.each([
    '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----',
    'whpk_AAEC',
    'whsk_AAEC',
    '{"kty":"OKP"}',
    '{ "kty": "EC" }',
  ])('%s', async (secret) => {
    await expect(sign(github, { secret, body: '' })).rejects.toThrow(/key of a key pair/)
    await expect(verify(standardWebhooks, { secret, body: '', headers: {} })).rejects.toThrow(/key of a key pair/)
  })
})

it('a shared secret may have in it what such a key begins with', async () => {
  for (const secret of ['my whsk_AAEC', 'a-----BEGIN', 'a{ "kty"']) {
    const headers = await sign(github, { secret, body: 'a' })
    expect(await verify(github, { secret, body: 'a', headers })).toBeDefined()
  }
})

describe('no error shows a secret', () => {
  const canary = 'CANARY-7f3a-secret'
  it.each<[string, unknown]>([
    ['white space', `${canary}\n`],
    ['bad base64', `whsec_${canary}`],
    ['too many', Array.from({ length: 9 }, () => canary)],
    ['one missing', [canary, undefined]],
    ['an object', { k: canary }],
  ])('%s', async (_, secret) => {
    const error = await verify(standardWebhooks, {
      secret: secret as never,
      body: canary,
      headers: { 'webhook-signature': canary },
    }).catch((reason) => reason)
    expect(error).toBeInstanceOf(ConfigurationError)
    const shown = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      String(error),
      error.hint,
      error.message,
    ]
    for (const text of shown) expect(text.replace(/\n\s+at .*/g, '')).not.toContain('CANARY')
  })

  it('nor the body or what was expected of it', async () => {
    const headers = await sign(standardWebhooks, { secret: Buffer.from(canary), body: canary })
    const error = await verify(standardWebhooks, { secret: Buffer.from(canary), body: `${canary}!`, headers }).catch(
      (reason) => reason,
    )
    expect(error.code).toBe('signature_mismatch')
    expect(inspect(error, { depth: 9, showHidden: true }).replace(/\n\s+at .*/g, '')).not.toMatch(/CANARY|v1,/)
  })
})
