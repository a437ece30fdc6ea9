import { ConfigurationError } from './errors'

/** Names a value: plain ones as they are, objects by their kind. */
export function describe(value: unknown): string {
  // Long text may be a secret in the wrong place, or a URL with a password.
  if (typeof value === 'string') return JSON.stringify(value.length > 12 ? `${value.slice(0, 2)}…` : value)
  return Object(value) !== value || value instanceof Date ? String(value) : Object.prototype.toString.call(value)
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

/** How many letters of the first are left when those of the second are taken away. */
function surplus(left: string, right: string): number {
  const rest = [...right.toLowerCase()]
  return [...left.toLowerCase()].filter((letter) => rest.splice(rest.indexOf(letter) >>> 0, 1).length === 0).length
}

/** Refuses a name that is an option's but for a letter: it would silently do nothing. Any other name is not ours to judge. */
export function expectNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    const meant = known.find((one) => surplus(one, name) < 2 && surplus(name, one) < 2)
    if (meant !== undefined && !known.includes(name))
      throw new ConfigurationError('invalid_option', `Expected the option \`${meant}\`, got \`${name}\``)
  }
}
