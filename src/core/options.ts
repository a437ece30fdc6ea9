import { ConfigurationError } from './errors'

/** Names a value: plain ones by their first characters, objects by their kind. */
export function describe(value: unknown): string {
  const isPlain = Object(value) !== value || value instanceof Date
  const text = typeof value === 'string' ? JSON.stringify(value) : isPlain ? String(value) : Object.prototype.toString.call(value)
  return text.slice(0, 40)
}

/** The one way an option is refused. */
export function refuseOption(name: string, expectation: string, got: unknown): never {
  throw new ConfigurationError('invalid_option', `Expected \`${name}\` to be ${expectation}, got ${describe(got)}`)
}

/** Refuses an option that does not hold what it must. */
export function expectOption(holds: boolean, name: string, expectation: string, got: unknown): asserts holds {
  if (!holds) refuseOption(name, expectation, got)
}

/** A finite number of at least `least`, or at least 0. */
export function expectNumber(name: string, value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): asserts value is number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`
  expectOption(typeof value === 'number' && value >= least && value <= most, name, `a number ${range}`, value)
}

/** A function, or nothing. */
export function expectFunction(name: string, value: unknown): void {
  expectOption(value === undefined || typeof value === 'function', name, 'a function', value)
}

/** Seconds of 0 or more, or `false` to switch the check off in so many words. */
export function expectTolerance(value: unknown): asserts value is number | false {
  const holds = value === false || (Number.isFinite(value) && (value as number) >= 0)
  expectOption(holds, 'toleranceSeconds', 'a number of 0 or more', value)
}

/** A Date that is one. */
export function expectDate(name: string, value: unknown): asserts value is Date {
  expectOption(value instanceof Date && Number.isFinite(value.getTime()), name, 'a valid Date', value)
}
