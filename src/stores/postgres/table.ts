import { expectOption } from '../../core/options'

/** Longer names are cut off by the server without a word. */
const identifier = '[A-Za-z_][A-Za-z0-9_$]{0,62}'
const form = new RegExp(`^(${identifier}\\.)?${identifier}$`)

/** A table's name, with or without its schema, quoted part by part. */
export function quoteTable(table: unknown): string {
  const expectation = "a table's name, with or without its schema, of letters, digits and _"
  expectOption(typeof table === 'string' && form.test(table), 'table', expectation, table)
  return table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}

/** Makes a table where it is missing: one statement, hence one transaction, that any number of processes may send at once. */
export const makeTable = (table: string, columns: string, indexes: readonly string[]): string => `
  DO $migration$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('countersign ${table}', 0));
    -- Reading pg_class makes this session hear of a table that was made while it waited for the lock.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass('${table}')) THEN
      CREATE TABLE ${table} (${columns}) WITH (fillfactor = 70);
      ${indexes.map((index) => `CREATE INDEX ON ${table} ${index};`).join(' ')}
    END IF;
  END $migration$`

/** The table of a store. Texts compare byte by byte: a language's collation may hold two keys for one. */
export const migration = (table: string): string =>
  makeTable(
    table,
    `
        key text COLLATE "C" PRIMARY KEY,
        token text COLLATE "C",
        fingerprint text COLLATE "C",
        attempt integer NOT NULL,
        completed boolean NOT NULL,
        result bytea,
        free_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL`,
    ['(expires_at)', '(free_at) WHERE completed AND result IS NOT NULL'],
  )
