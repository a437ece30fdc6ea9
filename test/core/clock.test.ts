import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTimestamp, parseTimestamp, type TimestampUnit } from '../../src/core/clock'

const units: TimestampUnit[] = ['s', 'ms', 'iso']

describe('timestamps', () => {
  test.prop([
    fc.constantFrom(...units),
    fc.date({ min: new Date(0), max: new Date('2286-11-20T17:46:39Z'), noInvalidDate: true }),
  ])('are read as they are written', (unit, date) => {
    const resolution = unit === 's' ? 1000 : 1
    expect(parseTimestamp(formatTimestamp(date, unit), unit)).toBe(Math.floor(date.getTime() / resolution) * resolution)
  })

  it.each(['', ' 1', '1 ', '1\n', '+1', '-1', '01', '1.0', '1e9', '0x1', 'NaN', 'Infinity', '١٢٣', '123456789012', '1_000'])(
    'in seconds are not %j',
    (text) => expect(parseTimestamp(text, 's')).toBeUndefined(),
  )

  it.each(['12345678901234', '1.5', '-1', '007'])('in milliseconds are not %j', (text) => {
    expect(parseTimestamp(text, 'ms')).toBeUndefined()
  })

  it.each([
    '2023-01-02',
    '2023-01-02T03:04:05',
    '2023-01-02 03:04:05Z',
    '2023-01-02T03:04:05.Z',
    '2023-01-02T03:04:05.1234567890Z',
    '2023-13-02T03:04:05Z',
    'Mon, 02 Jan 2023 03:04:05 GMT',
    '1672628645',
  ])('in RFC 3339 are not %j', (text) => expect(parseTimestamp(text, 'iso')).toBeUndefined())

  it.each([
    ['0', 's', 0],
    ['1614265330', 's', 1614265330000],
    ['99999999999', 's', 99999999999000],
    ['1614265330123', 'ms', 1614265330123],
    ['2023-01-02T03:04:05Z', 'iso', 1672628645000],
    ['2023-01-02T03:04:05.5Z', 'iso', 1672628645500],
    ['2023-01-02T03:04:05.123456789Z', 'iso', 1672628645123],
    ['2023-01-02T05:04:05+02:00', 'iso', 1672628645000],
  ] as const)('%s in %s is %d', (text, unit, expected) => expect(parseTimestamp(text, unit)).toBe(expected))

  it('of a fixed width have the digits of today', () => {
    expect(parseTimestamp('1614265330', 's', true)).toBe(1614265330000)
    expect(parseTimestamp('161426533', 's', true)).toBeUndefined()
    expect(parseTimestamp('16142653301', 's', true)).toBeUndefined()
    expect(parseTimestamp('1614265330123', 'ms', true)).toBe(1614265330123)
    expect(parseTimestamp('161426533012', 'ms', true)).toBeUndefined()
    expect(parseTimestamp('2023-01-02T03:04:05Z', 'iso', true)).toBe(1672628645000)
  })
})
