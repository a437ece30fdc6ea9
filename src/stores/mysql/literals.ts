import { utf8 } from '../../core/bytes'
import { encode } from '../../core/encoding'

// Values stand in a statement as hex, base64 and digits: what a quote or a backslash means depends on the mode of the server, the
// character set of the connection and the driver's options, and a transaction of another library need not know of parameters.

/** A short text, by its UTF-8 bytes. */
export const text = (value: string | undefined) => (value === undefined ? 'NULL' : `X'${encode(utf8(value), 'hex')}'`)

/** Bytes of any length. */
export const bytes = (value: Uint8Array | undefined) =>
  value === undefined ? 'NULL' : `FROM_BASE64('${encode(value, 'base64')}')`

/** The server's time: in UTC, since a local hour may come twice; the same in a replica that runs the statement again. */
export const now = 'UTC_TIMESTAMP(6)'

/**
 * The server's time as it is when it is asked for: that of a statement is when it began, before it waited for others and saw what they
 * had done. `SYSDATE` is in the time zone of the connection, so only the difference counts. To read with, not to write: in a replica
 * that runs the statement again it is another.
 */
export const present = `${now} + INTERVAL GREATEST(TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6)), 0) MICROSECOND`

/** Dates end with the year 9999. */
const century = 100 * 365 * 24 * 3_600_000

/** That time from now. */
export const after = (milliseconds: number) =>
  `${now} + INTERVAL ${Math.round(Math.min(milliseconds, century) * 1000)} MICROSECOND`
