import { fc, it } from '@fast-check/vitest'
import { describe, expect, it as plain, vi } from 'vitest'
import { parseRetryAfter } from '../../src/sender/retry-after'

const now = new Date('1994-11-06T08:47:37Z')

describe('parseRetryAfter', () => {
  plain.each([
    ['0', 0],
    ['120', 120],
    ['007', 7],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 120],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 120],
    ['Sun Nov  6 08:49:37 1994', 120],
    ['Sun Nov 16 08:49:37 1994', 864_120],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, seconds) => expect(parseRetryAfter(text, now)).toBe(seconds))

  plain.each([
    undefined,
    '',
    '-1',
    '1.5',
    '+5',
    '1e3',
    '0x10',
    ' 5',
    'soon',
    '120 s',
    '1994-11-06',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nox 1994 08:49:37 GMT',
  ])('has no answer to %s', (text) => expect(parseRetryAfter(text, now)).toBeUndefined())

  it.prop([fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), fc.nat(1_000_000)])(
    'reads every date that a server writes',
    (from, seconds) => {
      const whole = new Date(Math.floor(from.getTime() / 1000) * 1000)
      expect(parseRetryAfter(new Date(whole.getTime() + seconds * 1000).toUTCString(), whole)).toBe(seconds)
    },
  )

  plain('reads a date by Greenwich, wherever the process runs', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo')
    expect(new Date(0).getHours()).toBe(9)
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) expect(parseRetryAfter(text, now)).toBe(120)
    vi.unstubAllEnvs()
  })

  it.prop([fc.string()])('never throws', (text) => {
    const seconds = parseRetryAfter(text, now)
    expect(seconds === undefined || seconds >= 0).toBe(true)
  })
})
