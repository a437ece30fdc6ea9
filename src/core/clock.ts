/** How a scheme writes a time: Unix seconds, Unix milliseconds, or RFC 3339 text. */
export type TimestampUnit = 's' | 'ms' | 'iso'

const iso = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:(\.\d{1,3})\d{0,6})?(Z|[+-]\d\d:\d\d)$/

/** How many digits today's times have; RFC 3339 needs no such bound. */
export const widths = { s: 10, ms: 13, iso: 0 } as const

/**
 * The milliseconds since 1970 that a timestamp names, or undefined where it is not strictly in its form.
 *
 * With `fixedWidth` the digits are exactly as many as today's times have, so that no digit of what follows can pass for one of them.
 */
export function parseTimestamp(text: string, unit: TimestampUnit, fixedWidth = false): number | undefined {
  if (unit === 'iso') {
    const match = iso.exec(text)
    if (!match) return undefined
    // Engines differ on more than three digits of a second.
    const milliseconds = Date.parse(`${match[1]}${match[2] ?? ''}${match[3]}`)
    return Number.isNaN(milliseconds) ? undefined : milliseconds
  }
  const { length } = text
  // The longest there are: seconds until the year 5138, and milliseconds until 2286.
  if (length === 0 || length > (unit === 's' ? 11 : 13) || (fixedWidth && length !== widths[unit])) return undefined
  let number = 0
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 48
    // No zero before another digit.
    if (digit < 0 || digit > 9 || (at === 1 && number === 0)) return undefined
    number = number * 10 + digit
  }
  return number * (unit === 's' ? 1000 : 1)
}

/** The text of a time, as a scheme writes it. */
export function formatTimestamp(time: Date, unit: TimestampUnit): string {
  if (unit === 'iso') return time.toISOString()
  return String(Math.floor(time.getTime() / (unit === 's' ? 1000 : 1)))
}
