import { explained } from './errors'

/** What can be bound to a statement. */
export type Value = string | number | Uint8Array | null

/** What is called of a prepared statement. */
export interface Statement {
  all(...values: Value[]): unknown[]
}

/** What is called of a connection of better-sqlite3, `node:sqlite` or `bun:sqlite`. */
export interface Database {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): unknown
  /** Of better-sqlite3 and Bun. */
  readonly inTransaction?: boolean
  /** Of Node, since 22.16. */
  readonly isTransaction?: boolean
}

const prepared = new WeakMap<Database, Map<string, Statement>>()

/**
 * The rows of a statement, each as the values of its columns. Statements are kept, for connections that last.
 *
 * Always to the last row, which is when SQLite commits: what is only asked for one may have been told of a row that is then not kept.
 */
export function query(database: Database, sql: string, values: readonly Value[] = []): unknown[][] {
  const known = prepared.get(database) ?? new Map<string, Statement>()
  prepared.set(database, known)
  try {
    const statement = known.get(sql) ?? database.prepare(sql)
    known.set(sql, statement)
    // Connections may be told to give rows as arrays.
    return statement.all(...values).map((row) => Object.values(row as object))
  } catch (error) {
    throw explained(error)
  }
}

/** Whether a transaction is open on a connection. */
export function isInTransaction(database: Database): boolean {
  const told = database.inTransaction ?? database.isTransaction
  if (told !== undefined) return told
  try {
    database.exec('BEGIN')
  } catch (error) {
    if (error instanceof Error && error.message.includes('within a transaction')) return true
    throw error
  }
  database.exec('COMMIT')
  return false
}

/**
 * Acts without waiting for locks, and leaves the connection as patient as it was.
 *
 * SQLite waits with the whole thread: what it waits for may be a transaction of this very process, which would wait for it in turn.
 */
export function impatiently<T>(database: Database, act: () => T): T {
  const [[patience] = []] = query(database, 'PRAGMA busy_timeout')
  database.exec('PRAGMA busy_timeout = 0')
  try {
    return act()
  } finally {
    database.exec(`PRAGMA busy_timeout = ${Number(patience)}`)
  }
}

/** A text as it is bound: Bun drops a byte order mark that one begins with. */
export const toText = (text: string): string => text.replace(/^[\\\uFEFF]/, (first) => (first === '\\' ? '\\\\' : '\\f'))
