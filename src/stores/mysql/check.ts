import type { Finding } from '../../idempotency/store'

interface Settings {
  readonly is_innodb: unknown
  readonly flush_log: unknown
  readonly doublewrite: unknown
  readonly log_bin: unknown
  readonly sync_binlog: unknown
  readonly read_only: unknown
  readonly transactions_read_only: unknown
  readonly autocommit: unknown
  readonly max_allowed_packet: unknown
}

const isOff = (value: unknown) => ['0', 'OFF'].includes(String(value))

/** The text of an 8 MiB result, and what stands around it. */
const leastPacket = 12 * 1024 * 1024

const dangers: readonly (Finding & { holds(found: Settings): boolean })[] = [
  {
    code: 'missing_table',
    message: 'The table is not there: run migrate().',
    holds: ({ is_innodb }) => is_innodb === null,
  },
  {
    code: 'engine',
    message:
      'The table is not kept by InnoDB: it knows no transactions, and a crash may damage it. ALTER TABLE … ENGINE = InnoDB.',
    holds: ({ is_innodb }) => is_innodb !== null && Number(is_innodb) !== 1,
  },
  {
    code: 'innodb_flush_log_at_trx_commit',
    message:
      'innodb_flush_log_at_trx_commit is not 1: a crash of the machine forgets its last moments (of the server too with 0), and what was completed in them may run again. Set it to 1.',
    holds: ({ flush_log }) => !['1', '3'].includes(String(flush_log)),
  },
  {
    code: 'sync_binlog',
    message:
      'sync_binlog is not 1: after a crash of the machine its last moments are missing from the binary log, hence from its replicas, and what was completed in them may run again. Set it to 1.',
    holds: ({ log_bin, sync_binlog }) => !isOff(log_bin) && String(sync_binlog) !== '1',
  },
  {
    code: 'innodb_doublewrite_off',
    message: 'innodb_doublewrite is off: a crash of the machine may damage the table. Switch it on.',
    holds: ({ doublewrite }) => isOff(doublewrite),
  },
  {
    code: 'read_only',
    message: 'The server or its transactions are read-only, as on a replica: nothing can be claimed. Connect to the primary.',
    holds: ({ read_only, transactions_read_only }) => !isOff(read_only) || !isOff(transactions_read_only),
  },
  {
    code: 'autocommit_off',
    message: 'autocommit is off: what the store claims is never committed. Switch it on for the connections of the pool.',
    holds: ({ autocommit }) => isOff(autocommit),
  },
  {
    code: 'max_allowed_packet',
    message: 'max_allowed_packet is below 12 MiB: a result that the store takes, of 8 MiB at most, may be refused by the server.',
    holds: ({ max_allowed_packet }) => Number(max_allowed_packet) < leastPacket,
  },
]

/** Asks for the settings; the name is compared as the server compares it when the table is used. */
export function settingsOf(parts: readonly string[]): string {
  const [schema, name] = parts.length > 1 ? [`'${parts[0]}'`, parts[1]] : ['DATABASE()', parts[0]]
  return `
    SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flush_log, @@GLOBAL.innodb_doublewrite AS doublewrite,
      @@GLOBAL.log_bin AS log_bin, @@GLOBAL.sync_binlog AS sync_binlog, @@GLOBAL.read_only AS read_only,
      /*!80000 @@transaction_read_only *//*M!100000 @@tx_read_only */ AS transactions_read_only,
      @@autocommit AS autocommit, @@max_allowed_packet AS max_allowed_packet,
      (SELECT ENGINE = 'InnoDB' FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME = '${name}'
        AND (@@lower_case_table_names > 0 OR CAST(TABLE_NAME AS BINARY) = '${name}')) AS is_innodb`
}

/** The settings of a server that void what the store promises. */
export const findDangers = (found: unknown): Finding[] =>
  dangers.filter(({ holds }) => holds(found as Settings)).map(({ code, message }) => ({ code, message }))
