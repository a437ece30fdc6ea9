import { makeTable } from '../../stores/postgres/table'
import { inFuture } from './text'

/**
 * The statements of an inbox's table, each one round trip and atomic by itself.
 *
 * A message waits until it is done or dead; from `free_at` a worker may take it, with a token, until its lease ends. A done one is a key without its
 * message, and is forgotten at `expires_at`.
 */
export function statements(table: string) {
  const isOwn = "key = $1 AND token = $2 AND state = 'waiting'"
  return {
    // Reads first, so that a duplicate locks nothing. No row means that there was one, or that another put came between.
    put: `
      WITH seen AS MATERIALIZED (
        SELECT 1 FROM ${table} WHERE key = $1::text AND (state = 'waiting' OR (state = 'done' AND expires_at > clock_timestamp()))
      )
      INSERT INTO ${table} AS kept (key, message, state, attempt, free_at)
      SELECT $1::text, $2::text, 'waiting', 0, clock_timestamp() WHERE NOT EXISTS (SELECT FROM seen)
      ON CONFLICT (key) DO UPDATE SET
        message = excluded.message, state = 'waiting', attempt = 0, free_at = excluded.free_at, token = NULL, error = NULL, expires_at = NULL
      WHERE kept.state = 'dead' OR (kept.state = 'done' AND kept.expires_at <= clock_timestamp())
      RETURNING 1`,

    /** token, lease in seconds, limit → key, message, attempt. What another worker is taking is left to it. */
    take: `
      WITH free AS MATERIALIZED (
        SELECT key FROM ${table} WHERE state = 'waiting' AND free_at <= (SELECT clock_timestamp())
        ORDER BY free_at LIMIT $3::int FOR UPDATE SKIP LOCKED
      )
      UPDATE ${table} AS kept SET token = $1, attempt = kept.attempt + 1, free_at = ${inFuture('$2')}
      FROM free WHERE kept.key = free.key
      RETURNING kept.key, kept.message, kept.attempt`,

    /** key, token, lease in seconds */
    extend: `UPDATE ${table} SET free_at = ${inFuture('$3')} WHERE ${isOwn} RETURNING 1`,

    /** key, token, retention in seconds */
    finish: `
      UPDATE ${table} SET state = 'done', message = NULL, token = NULL, error = NULL, expires_at = ${inFuture('$3')}
      WHERE ${isOwn} RETURNING 1`,

    /** key, token, wait in seconds, error */
    again: `UPDATE ${table} SET token = NULL, free_at = ${inFuture('$3')}, error = $4 WHERE ${isOwn} RETURNING 1`,

    /** key, token, error */
    bury: `UPDATE ${table} SET state = 'dead', token = NULL, error = $3 WHERE ${isOwn} RETURNING 1`,

    /** limit → key, message, attempt, error */
    dead: `SELECT key, message, attempt, error FROM ${table} WHERE state = 'dead' ORDER BY free_at LIMIT $1::int`,

    /** key */
    revive: `
      UPDATE ${table} SET state = 'waiting', attempt = 0, free_at = clock_timestamp(), error = NULL
      WHERE key = $1 AND state = 'dead' RETURNING 1`,

    /** limit */
    sweep: `
      WITH expired AS MATERIALIZED (
        SELECT key FROM ${table} WHERE state = 'done' AND expires_at <= (SELECT clock_timestamp())
        ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED
      )
      DELETE FROM ${table} AS kept USING expired WHERE kept.key = expired.key RETURNING 1`,
  }
}

/** The table. Texts compare byte by byte: a language's collation may hold two names for one. */
export const migration = (table: string): string =>
  makeTable(
    table,
    `
        key text COLLATE "C" PRIMARY KEY,
        message text,
        state text NOT NULL,
        attempt integer NOT NULL,
        token text,
        error text,
        free_at timestamptz NOT NULL,
        expires_at timestamptz`,
    ["(free_at) WHERE state = 'waiting'", "(free_at) WHERE state = 'dead'", "(expires_at) WHERE state = 'done'"],
  )
