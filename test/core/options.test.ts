import { expect, describe as group, it } from 'vitest'
import {
  describe,
  expectDate,
  expectFunction,
  expectNames,
  expectNumber,
  expectOption,
  expectTolerance,
} from '../../src/core/options'

group('describe', () => {
  it.each([
    ['text', '"text"'],
    ['x'.repeat(12), `"${'x'.repeat(12)}"`],
    [7, '7'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [new Date(Number.NaN), 'Invalid Date'],
    [{ secret: 'no' }, '[object Object]'],
    [['no'], '[object Array]'],
    [Object.create(null), '[object Object]'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%s as %s', (value, text) => expect(describe(value)).toBe(text))

  it.each([
    ['postgres://me:hunter2@host/shop', '"po…"'],
    ['whsec_MfKQ9r8GKYqr', '"wh…"'],
  ])('shows no secret that stands where something else belongs: %s', (value, text) => expect(describe(value)).toBe(text))
})

group('checks', () => {
  const refused = (check: () => void) => {
    try {
      check()
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }

  it('say what was expected and what came', () => {
    expect(refused(() => expectOption(false, 'list', 'an array', 7))).toBe('Expected `list` to be an array, got 7')
    expect(refused(() => expectOption(true, 'list', 'an array', []))).toBeUndefined()
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '300', null, true, {}])(
    'refuse a tolerance of %s',
    (value) => {
      expect(refused(() => expectTolerance(value))).toMatch(/Expected `toleranceSeconds` to be a number of 0 or more, got /)
    },
  )

  it.each([0, 0.5, 300, false])('take a tolerance of %s', (value) =>
    expect(refused(() => expectTolerance(value))).toBeUndefined(),
  )

  it('take numbers in their range', () => {
    expect(refused(() => expectNumber('n', 0))).toBeUndefined()
    expect(refused(() => expectNumber('n', -1))).toBe('Expected `n` to be a number of 0 or more, got -1')
    expect(refused(() => expectNumber('n', 1, 1, 10))).toBeUndefined()
    expect(refused(() => expectNumber('n', 10, 1, 10))).toBeUndefined()
    expect(refused(() => expectNumber('n', 11, 1, 10))).toBe('Expected `n` to be a number from 1 to 10, got 11')
    expect(refused(() => expectNumber('n', Number.NaN))).toMatch(/got NaN/)
    expect(refused(() => expectNumber('n', Number.POSITIVE_INFINITY))).toMatch(/got Infinity/)
    expect(refused(() => expectNumber('n', '1'))).toMatch(/got "1"/)
  })

  it('take functions, or nothing', () => {
    expect(refused(() => expectFunction('f', undefined))).toBeUndefined()
    expect(refused(() => expectFunction('f', () => 0))).toBeUndefined()
    expect(refused(() => expectFunction('f', {}))).toMatch(/Expected `f` to be a function, got \[object Object\]/)
  })

  it.each(['Store', 'STORE', 'stroe', 'stor', 'stores', 'storr'])('refuse the name %s for store, and show no value', (name) =>
    expect(refused(() => expectNames({ [name]: 'hunter2' }, ['key', 'store']))).toBe(
      `Expected the option \`store\`, got \`${name}\``,
    ),
  )

  it('say of a name, too, that it is an option that is wrong', () =>
    expect(() => expectNames({ Store: 1 }, ['store'])).toThrow(expect.objectContaining({ code: 'invalid_option' })))

  it.each(['store', 'scope', 'story2', 'url', 'note', 'a'])('leave the name %s alone', (name) =>
    expect(refused(() => expectNames({ [name]: 1 }, ['key', 'store']))).toBeUndefined(),
  )

  it('take names that are alike', () =>
    expect(refused(() => expectNames({ schema: 1, schemas: 1 }, ['schema', 'schemas']))).toBeUndefined())

  it('take dates that are', () => {
    expect(refused(() => expectDate('now', new Date()))).toBeUndefined()
    expect(refused(() => expectDate('now', new Date(Number.NaN)))).toMatch(/got Invalid Date/)
    expect(refused(() => expectDate('now', 1_700_000_000))).toMatch(/Expected `now` to be a valid Date, got 1700000000/)
  })
})
