import { type ContentPart, defineScheme, type Scheme, type SchemeDescription, verify } from 'countersign'
import { linear, mailgun } from 'countersign/schemes'
import { describe, expect, it } from 'vitest'
import { signRequest } from '../../src/signing/sign'

const secret = 'a'.repeat(32)

/** What verification makes of a request that was signed at that time: its timestamp, or the code and the hint of the refusal. */
async function outcome(scheme: Scheme, time: Date, now: Date, more: { toleranceSeconds?: number | false } = {}) {
  const { headers } = await signRequest(scheme, { secret, body: '1', timestamp: time })
  return verify(scheme, { secret, body: '1', headers, now, ...more }).then(
    ({ timestamp }) => timestamp,
    ({ code, hint }) => ({ code, hint }),
  )
}

const timed = (content: readonly ContentPart[], more: Partial<SchemeDescription> = {}) =>
  defineScheme({
    name: 'timed',
    content,
    signature: { header: 'x-signature' },
    timestamp: { header: 'x-time' },
    toleranceSeconds: false,
    ...more,
  })
const dot = { text: '.' }

describe('the digits of a time', () => {
  // A digit less than today's times have.
  const early = new Date(999_999_999_000)
  const today = new Date(1_700_000_000_000)

  it.each<[string, readonly ContentPart[]]>([
    ['between texts', ['body', dot, 'timestamp', dot, 'body']],
    ['first', ['timestamp', dot, 'body']],
    ['last', ['body', dot, 'timestamp']],
    ['not signed', ['body']],
  ])('are as many as they are where it is %s', async (_, content) => {
    expect(await outcome(timed(content), early, today)).toEqual(early)
    expect(await outcome(timed(content), today, today)).toEqual(today)
  })

  it.each<[string, readonly ContentPart[]]>([
    ['before the body', ['timestamp', 'body']],
    ['after the body', ['body', 'timestamp']],
    ['after a text and before the body', ['body', dot, 'timestamp', 'body']],
  ])('are those of today where it is %s, which could lend it one', async (_, content) => {
    expect(await outcome(timed(content), early, today)).toMatchObject({ code: 'malformed_timestamp' })
    expect(await outcome(timed(content), today, today)).toEqual(today)
  })

  it('are those of today before a value of the body', async () => {
    const check = async (timestamp: Date) => {
      const signed = await signRequest(mailgun, { secret, body: '{}', timestamp })
      const body = signed.body ?? ''
      return verify(mailgun, { secret, headers: {}, body, toleranceSeconds: false }).then(
        (verified) => verified.timestamp,
        ({ code }) => code,
      )
    }
    expect(await check(early)).toBe('malformed_timestamp')
    expect(await check(today)).toEqual(today)
  })
})

describe('a time in another form', () => {
  const hintOf = async (unit: 's' | 'ms', text: string) => {
    const scheme = timed(['body'], { unit })
    const { headers } = await signRequest(scheme, { secret, body: '1' })
    return verify(scheme, { secret, body: '1', headers: { ...headers, 'x-time': text } }).then(
      () => 'accepted',
      ({ code, hint }) => `${code}: ${hint}`,
    )
  }

  it('is told to be milliseconds where seconds are expected and it has their digits', async () => {
    expect(await hintOf('s', '1700000000000')).toMatch(/^malformed_timestamp: .*milliseconds for seconds/)
  })

  it.each(['17000000000000', 'a1700000000000', '1700000000000a', '170000000000a', 'yesterday'])(
    'is only called malformed where it is %s',
    async (text) => {
      expect(await hintOf('s', text)).toMatch(/^malformed_timestamp: /)
      expect(await hintOf('s', text)).not.toContain('milliseconds for seconds')
    },
  )

  it('is not told so where milliseconds are expected', async () => {
    expect(await hintOf('ms', '0700000000000')).toMatch(/^malformed_timestamp: /)
    expect(await hintOf('ms', '0700000000000')).not.toContain('milliseconds for seconds')
  })
})

describe('the age', () => {
  it('is counted in the unit of the sender’s clock', async () => {
    const time = new Date(1_700_000_000_000)
    const later = new Date(1_700_000_001_500)
    expect(await outcome(timed(['body']), time, later, { toleranceSeconds: 1 })).toEqual(time)
    expect(await outcome(timed(['body'], { unit: 'ms' }), time, later, { toleranceSeconds: 1 })).toEqual({
      code: 'timestamp_too_old',
      hint: expect.stringContaining('off by 1.5 s, tolerance 1 s'),
    })
  })
})

describe('a time in the body', () => {
  it('is none where the body is not UTF-8, though what is signed holds', async () => {
    const now = new Date(1_700_000_000_000)
    const check = async (body: Uint8Array) => {
      const { headers } = await signRequest(linear, { secret, body })
      return verify(linear, { secret, headers, body, now }).then(
        ({ timestamp }) => timestamp,
        ({ code }) => code,
      )
    }
    const body = Buffer.from(`{"webhookTimestamp":${now.getTime()},"a":"_"}`)
    expect(await check(body)).toEqual(now)
    body[body.indexOf('_')] = 0xff
    expect(await check(body)).toBe('malformed_timestamp')
    expect(await check(Buffer.from('{}'))).toBe('malformed_timestamp')
    expect(await check(Buffer.from('no JSON'))).toBe('malformed_timestamp')
  })
})
