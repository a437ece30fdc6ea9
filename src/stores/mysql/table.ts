import { expectOption } from '../../core/options'

const identifier = '[A-Za-z_][A-Za-z0-9_$]{0,63}'
const form = new RegExp(`^(${identifier}\\.)?${identifier}$`)

/** The parts of a table's name, with or without its database. */
export function partsOf(table: unknown): readonly string[] {
  const expectation = "a table's name, with or without its database, of letters, digits and _"
  expectOption(typeof table === 'string' && form.test(table), 'table', expectation, table)
  return table.split('.')
}

/** What `look` needs of the table, and no row of it. */
export const probe = (table: string) => `SELECT revision FROM ${table} LIMIT 0`

/** Makes the table where it is missing, which any number of processes may send at once. */
export const creation = (table: string) => `
  CREATE TABLE IF NOT EXISTS ${table} (
    -- Byte by byte: a collation may hold two keys for one. No more than 767, the least that an index may hold.
    idempotency_key VARBINARY(512) NOT NULL PRIMARY KEY,
    -- Blobs, since a server that is not strict cuts off what is too long without a word.
    token BLOB,
    fingerprint MEDIUMBLOB,
    attempt INT UNSIGNED NOT NULL,
    completed BOOLEAN NOT NULL,
    result MEDIUMBLOB,
    -- In UTC. TIMESTAMP would end in 2038, and be read in the time zone of the connection.
    free_at DATETIME(6) NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    revision INT UNSIGNED NOT NULL,
    KEY (expires_at)
  ) ENGINE = InnoDB COMMENT = 'countersign 1'`
