import { toText } from '../../stores/postgres/text'

const mostErrorCharacters = 1000

/** What was thrown, as a table keeps it. */
export const toErrorText = (error: unknown): string => toText(String(error)).slice(0, mostErrorCharacters)

/** A time from now by the database's clock; the parameter is in seconds. */
export const inFuture = (parameter: string): string => `clock_timestamp() + ${parameter}::float8 * interval '1 second'`
