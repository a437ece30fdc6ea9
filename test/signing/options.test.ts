import { ConfigurationError, defineScheme, type Scheme, sign, verify } from 'countersign'
import { awsSns, github, mailgun } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'

const secret = 'a secret of more than sixteen bytes'
const withUrl = defineScheme({ name: 'acme', content: ['url', { text: '\n' }, 'body'], signature: { header: 'x-sig' } })

/** What `sign` and `verify` say of the same mistake. */
async function told(scheme: Scheme, options: object) {
  const given = { secret, body: 'x', headers: {}, ...options }
  const messages: string[] = []
  for (const call of [sign, verify]) {
    const error = await call(scheme, given as never).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ code: 'invalid_option' })
    messages.push((error as Error).message)
  }
  expect(new Set(messages).size).toBe(1)
  return messages[0]
}

describe('a mistake in the options', () => {
  it('is told in the same words by sign and by verify', async () => {
    for (const scheme of [undefined, {}]) {
      expect(await told(scheme as never, {})).toContain(
        'Expected `scheme` to be a scheme of countersign/schemes or defineScheme(), got ',
      )
    }
    for (const [url, got] of [
      [undefined, 'undefined'],
      ['', '""'],
    ]) {
      expect(await told(withUrl, { url })).toBe(`Expected \`url\` to be the URL that is signed, got ${got}`)
    }
    for (const [own, got] of [
      [[], '0'],
      [Array(9).fill(secret), '9'],
      [[secret, undefined], 'undefined'],
      [undefined, 'undefined'],
    ]) {
      expect(await told(github, { secret: own })).toBe(`Expected \`secret\` to be 1 to 8 secrets, got ${got}`)
    }
  })

  it('is a clock that shows no time', async () => {
    const given = { secret, body: 'x', headers: {} }
    const wrong = new Date(Number.NaN)
    await expect(verify(github, { ...given, now: wrong })).rejects.toThrow('Expected `now` to be a valid Date, got Invalid Date')
    await expect(sign(github, { ...given, timestamp: wrong })).rejects.toThrow('Expected `timestamp` to be a valid Date')
  })

  it('is to sign what only the provider can, or what does not fit in headers', async () => {
    const refused = (scheme: Scheme, own: string) => sign(scheme, { secret: own, body: '{}' }).catch((reason: unknown) => reason)
    expect(await refused(awsSns, 'arn:aws:sns:eu-west-1:123456789012:orders')).toMatchObject({
      code: 'invalid_option',
      message: 'Only aws-sns itself can sign as aws-sns does',
    })
    expect(await refused(mailgun, secret)).toMatchObject({
      code: 'invalid_option',
      message: 'The signature of mailgun stands in the body: `signedRequest` of countersign/testing makes the whole request',
    })
  })
})
