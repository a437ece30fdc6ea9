import type { Finding } from '../../idempotency/store'
import type { Queryable } from './client'

interface Settings {
  readonly persistence: string | undefined
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  readonly is_replica: boolean
  readonly read_only: string
}

const settings = `
  SELECT class.relpersistence::text AS persistence,
    current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit,
    pg_is_in_recovery() AS is_replica,
    current_setting('transaction_read_only') AS read_only
  FROM (SELECT to_regclass($1) AS oid) AS named LEFT JOIN pg_catalog.pg_class AS class ON class.oid = named.oid`

const dangers: readonly (Finding & { holds(found: Settings): boolean })[] = [
  {
    code: 'missing_table',
    message: 'The table is not there: run migrate().',
    holds: ({ persistence }) => !persistence,
  },
  {
    code: 'unlogged_table',
    message:
      'The table is UNLOGGED or temporary: a crash of the server empties it, and all may run again. ALTER TABLE … SET LOGGED.',
    holds: ({ persistence }) => persistence === 'u' || persistence === 't',
  },
  {
    code: 'fsync_off',
    message: 'fsync is off: a crash of the machine may lose or damage the table. Switch it on.',
    holds: ({ fsync }) => fsync === 'off',
  },
  {
    code: 'full_page_writes_off',
    message: 'full_page_writes is off: a crash of the machine may damage the table. Switch it on.',
    holds: ({ full_page_writes }) => full_page_writes === 'off',
  },
  {
    code: 'synchronous_commit_off',
    message:
      'synchronous_commit is off: a crash of the server forgets its last moments, and what was completed in them may run again.',
    holds: ({ synchronous_commit }) => synchronous_commit === 'off',
  },
  {
    code: 'replica',
    message: 'The server is a replica: nothing can be claimed on it. Connect to the primary.',
    holds: ({ is_replica }) => is_replica,
  },
  {
    code: 'read_only',
    message: 'Transactions are read-only here (default_transaction_read_only): nothing can be claimed.',
    holds: ({ is_replica, read_only }) => !is_replica && read_only === 'on',
  },
]

/** The settings of a server that void what the store promises. */
export async function findDangers(client: Queryable, table: string): Promise<Finding[]> {
  const { rows } = await client.query(settings, [table])
  const found = rows[0] as Settings
  return dangers.filter(({ holds }) => holds(found)).map(({ code, message }) => ({ code, message }))
}
