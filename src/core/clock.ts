/** How a scheme writes a time: Unix seconds, Unix milliseconds, or RFC 3339 text. */
export type TimestampUnit = 's' | 'ms' | 'iso'

const grammar = {
  s: /^(0|[1-9]\d{0,10})$/,
  ms: /^(0|[1-9]\d{0,12})$/,
  iso: /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:(\.\d{1,3})\d{0,6})?(Z|[+-]\d\d:\d\d)$/,
}

/**
 * The milliseconds since 1970 that a timestamp names, or undefined where it is not strictly in its form.
 *
 * With `fixedWidth` the digits are exactly as many as today's times have, so that no digit of what follows can pass for one of them.
 */
export function parseTimestamp(text: string, unit: TimestampUnit, fixedWidth = false): number | undefined {
  const match = grammar[unit].exec(text)
  if (!match) return undefined
  if (unit === 'iso') {
    // Engines differ on more than three digits of a second.
    const milliseconds = Date.parse(`${match[1]}${match[2] ?? ''}${match[3]}`)
    return Number.isNaN(milliseconds) ? undefined : milliseconds
  }
  if (fixedWidth && text.length !== (unit === 's' ? 10 : 13)) return undefined
  return Number(text) * (unit === 's' ? 1000 : 1)
}

/** The text of a time, as a scheme writes it. */
export function formatTimestamp(time: Date, unit: TimestampUnit): string {
  if (unit === 'iso') return time.toISOString()
  return String(Math.floor(time.getTime() / (unit === 's' ? 1000 : 1)))
}
