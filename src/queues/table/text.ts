import { toText } from '../../stores/postgres/text'

const mostErrorCharacters = 1000

/** What was thrown, as a table keeps it. */
export function toErrorText(error: unknown): string {
  let text: string
  try {
    text = String(error)
  } catch {
    // An object without a prototype, or a getter that throws.
    text = 'An error that has no text.'
  }
  return toText(text).slice(0, mostErrorCharacters)
}

/** A time from now by the database's clock; the parameter is in seconds. */
export const inFuture = (parameter: string): string => `clock_timestamp() + ${parameter}::float8 * interval '1 second'`
