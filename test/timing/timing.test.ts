import { describe, expect, it } from 'vitest'
import { subjects, timingsOf } from './measure'
import { mostTelling, welch } from './welch'

// The long form is `npm run timing`. Here the limits are far from what was ever seen, so that a busy machine changes nothing:
// in thousands for a leak, and below 5 where there is none.
const samples = 20_000
const seen = (subject: keyof typeof subjects) => mostTelling(timingsOf(subjects[subject](), samples))

describe('the time that it takes to compare', () => {
  it('shows where two signatures differ first, to a comparison that ends there', () =>
    expect(seen('leaking')).toBeGreaterThan(50))
  it('shows nothing where there is nothing to see', () => expect(seen('nothing')).toBeLessThan(20))
  it('shows nothing of `equal` by `node:crypto`', () => expect(seen('native')).toBeLessThan(20))
  it('shows nothing of `equal` by its own loop', () => expect(seen('loop')).toBeLessThan(20))
})

it('is Welch’s t', () => {
  // Two samples of three: means 2 and 5, variances 1 and 4.
  const t = welch([Float64Array.of(1, 2, 3), Float64Array.of(3, 5, 7)])
  expect(t).toBeCloseTo(-3 / Math.sqrt(1 / 3 + 4 / 3), 12)
  expect(welch([Float64Array.of(1, 1), Float64Array.of(1, 1)])).toBe(0)
})
