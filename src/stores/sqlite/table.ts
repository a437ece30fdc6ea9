import { expectOption } from '../../core/options'
import { type Database, query } from './client'

/** SQLite keeps names that begin with `sqlite_` for itself. */
const form = /^(?!sqlite_)[a-z_]\w{0,62}$/i

/** Refuses what is no name of a table; then it needs no quotes but for SQL's own words. */
export function assertTable(table: unknown): asserts table is string {
  const expectation = "a table's name of letters, digits and _, not beginning with sqlite_"
  expectOption(typeof table === 'string' && form.test(table), 'table', expectation, table)
}

const creation = (table: string) => [
  `CREATE TABLE IF NOT EXISTS main."${table}" ( -- countersign 1
    key TEXT NOT NULL PRIMARY KEY,
    token TEXT,
    fingerprint TEXT,
    attempt INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    result BLOB,
    -- Milliseconds since 1970.
    claimed_at INTEGER NOT NULL,
    free_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS main."${table}_expires_at" ON "${table}" (expires_at)`,
  `CREATE INDEX IF NOT EXISTS main."${table}_results" ON "${table}" (free_at) WHERE completed AND result IS NOT NULL`,
]

/** Whether there is a table of that name, in any case. */
export const hasTable = (database: Database, table: string): boolean =>
  query(database, `SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`, [table]).length > 0

/** Makes the table where it is missing, whole or not at all. */
export function migrate(database: Database, table: string): void {
  // Needs no right to write where there is nothing to do.
  if (hasTable(database, table)) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const sql of creation(table)) database.exec(sql)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
