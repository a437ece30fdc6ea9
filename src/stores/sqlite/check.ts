import type { Finding } from '../../idempotency/store'
import { type Database, impatiently, query } from './client'
import { hasTable } from './table'

interface Settings {
  readonly hasTable: boolean
  /** Where the database is kept; empty for one that nobody else sees. */
  readonly file: string
  readonly isReadOnly: boolean
  readonly journalMode: string
  readonly synchronous: number
  readonly lockingMode: string
  readonly busyTimeout: number
}

const dangers: readonly (Finding & { holds(found: Settings): boolean })[] = [
  {
    code: 'in_memory',
    message:
      'The database is in memory or temporary: it ends with the process, other connections have their own, and all may run again. Open a file.',
    holds: ({ file }) => !file,
  },
  {
    code: 'missing_table',
    message: 'The table is not there: run migrate().',
    holds: ({ hasTable }) => !hasTable,
  },
  {
    code: 'read_only',
    message: 'The database can only be read on this connection: nothing can be claimed.',
    holds: ({ isReadOnly }) => isReadOnly,
  },
  {
    code: 'journal_mode',
    message:
      'journal_mode is MEMORY or OFF: a crash in the middle of a transaction may damage the database. PRAGMA journal_mode = WAL.',
    holds: ({ file, journalMode }) => Boolean(file) && ['memory', 'off'].includes(journalMode),
  },
  {
    code: 'synchronous_off',
    message:
      'synchronous is OFF: a crash of the machine may damage the database, or undo what was acknowledged. PRAGMA synchronous = FULL.',
    holds: ({ synchronous }) => synchronous === 0,
  },
  {
    code: 'synchronous_normal',
    message:
      'synchronous is NORMAL: with WAL a crash of the machine (not of the process) may undo the last transactions, which were acknowledged. PRAGMA synchronous = FULL.',
    holds: ({ file, journalMode, synchronous }) => Boolean(file) && journalMode === 'wal' && synchronous === 1,
  },
  {
    code: 'locking_mode',
    message:
      'locking_mode is EXCLUSIVE: no other connection can use the database, so that transactions and other processes fail. PRAGMA locking_mode = NORMAL.',
    holds: ({ file, lockingMode }) => Boolean(file) && lockingMode === 'exclusive',
  },
  {
    code: 'busy_timeout',
    message:
      'busy_timeout is 0: your own statements fail at once while another connection writes (the store waits by itself). PRAGMA busy_timeout = 5000.',
    holds: ({ busyTimeout }) => busyTimeout === 0,
  },
]

/** Where a database is kept; empty for one that is in memory or temporary. */
export const fileOf = (database: Database): string =>
  String(query(database, `SELECT file FROM pragma_database_list WHERE name = 'main'`)[0]?.[0] ?? '')

/** The settings of a connection that void what the store promises. */
export function findDangers(database: Database, table: string): Finding[] {
  // First, since it reads the schema: until then nothing is known of WAL, which has another default of synchronous.
  const isThere = hasTable(database, table)
  const setting = (name: string) => query(database, `PRAGMA ${name}`)[0]?.[0]
  const found: Settings = {
    hasTable: isThere,
    file: fileOf(database),
    isReadOnly: isThere && isReadOnly(database, table),
    journalMode: String(setting('main.journal_mode')),
    synchronous: Number(setting('main.synchronous')),
    lockingMode: String(setting('main.locking_mode')),
    busyTimeout: Number(setting('busy_timeout')),
  }
  return dangers.filter(({ holds }) => holds(found)).map(({ code, message }) => ({ code, message }))
}

/** Found by trying: the file, the connection and a setting may each be so. */
function isReadOnly(database: Database, table: string): boolean {
  try {
    impatiently(database, () => database.exec(`DELETE FROM main."${table}" WHERE false`))
    return false
  } catch (error) {
    if (error instanceof Error && error.message.includes('readonly')) return true
    throw error
  }
}
