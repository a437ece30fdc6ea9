import { IdempotencyError } from '../../idempotency/errors'

interface SqliteError {
  /** Of better-sqlite3 and Bun: SQLITE_BUSY, with or without what it is in particular. */
  readonly code?: unknown
  /** Of Node: the number, with what it is in particular in the upper bits. */
  readonly errcode?: unknown
  readonly message?: unknown
}

/** SQLITE_BUSY and SQLITE_LOCKED: another connection has a lock, and nothing was done. */
export function isBusy(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as SqliteError
  return /^SQLITE_(BUSY|LOCKED)/.test(String(code)) || [5, 6].includes(Number(errcode) & 255)
}

/** An error as it is told, with the mend where a table is not there. */
export function explained(cause: unknown): unknown {
  const { message } = (cause ?? {}) as SqliteError
  if (!/no such (table|column)|has no column/.test(String(message))) return cause
  return new IdempotencyError('store_unavailable', {
    detail: 'the table is missing or not as it should be, run migrate()',
    cause,
  })
}

/** A transaction of somebody else is open on a connection that is shared: what is asked for would become part of it. */
export const occupied = () =>
  Object.assign(new Error('A transaction is open on the connection that the store was given.'), { code: 'SQLITE_BUSY' })
