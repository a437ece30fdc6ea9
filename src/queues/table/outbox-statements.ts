import { makeTable } from '../../stores/postgres/table'
import { inFuture } from './text'

/**
 * The statements of an outbox's table, each one round trip and atomic by itself.
 *
 * An event is the row without an endpoint: it waits until its endpoints are known, is then `sent`, and holds the body for the rows of its
 * deliveries. A row that waits may be taken from `free_at` on, with a token, until its lease ends. What is done is forgotten at `expires_at`, an
 * event never before its deliveries.
 */
export function outboxStatements(table: string) {
  const isOwn = "event_id = $1 AND endpoint = $2 AND token = $3 AND state = 'waiting'"
  const event = 'event.id, event.type, event.account, event.headers, event.body'
  const events = `(SELECT event_id AS id, type, account, headers, body FROM ${table} WHERE endpoint = '') AS event`
  return {
    /** id, type, account, headers, body */
    put: `
      INSERT INTO ${table} (event_id, endpoint, state, attempt, free_at, type, account, headers, body)
      VALUES ($1, '', 'waiting', 0, clock_timestamp(), $2, $3, $4, $5::bytea)
      ON CONFLICT DO NOTHING RETURNING 1`,

    /**
     * token, lease in seconds, limit, limit for each endpoint, endpoint → event, endpoint, attempt. Events first, up to half of the limit, so that neither
     * kind waits for the other; then the deliveries of endpoint after endpoint behind the one given, each endpoint's oldest first. What another is taking
     * is left to it.
     */
    take: `
      WITH RECURSIVE clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
      events AS MATERIALIZED (
        SELECT event_id, endpoint FROM ${table}
        WHERE state = 'waiting' AND endpoint = '' AND free_at <= (SELECT now FROM clock)
        ORDER BY free_at LIMIT ($3::int + 1) / 2 FOR UPDATE SKIP LOCKED
      ),
      -- From one endpoint to the next by the index, without a look at its rows.
      lanes (endpoint) AS (
        (SELECT endpoint FROM ${table} WHERE state = 'waiting' AND endpoint > $5::text ORDER BY endpoint LIMIT 1)
        UNION ALL
        SELECT (
          SELECT later.endpoint FROM ${table} AS later
          WHERE later.state = 'waiting' AND later.endpoint > lanes.endpoint ORDER BY later.endpoint LIMIT 1
        ) FROM lanes WHERE lanes.endpoint IS NOT NULL
      ),
      deliveries AS MATERIALIZED (
        SELECT due.event_id, due.endpoint FROM lanes CROSS JOIN LATERAL (
          SELECT event_id, endpoint FROM ${table} AS own
          WHERE own.state = 'waiting' AND own.endpoint = lanes.endpoint AND own.free_at <= (SELECT now FROM clock)
          ORDER BY own.free_at
          LIMIT GREATEST(0, $4::int - (
            SELECT count(*) FROM (
              SELECT FROM ${table} AS held
              WHERE held.state = 'waiting' AND held.token IS NOT NULL AND held.endpoint = lanes.endpoint AND held.free_at > (SELECT now FROM clock)
              LIMIT $4::int
            ) AS under_way
          )) FOR UPDATE SKIP LOCKED
        ) AS due
        LIMIT GREATEST(0, $3::int - (SELECT count(*) FROM events))
      ),
      taken AS (
        UPDATE ${table} AS kept SET token = $1, free_at = ${inFuture('$2')}
        FROM (SELECT * FROM events UNION ALL SELECT * FROM deliveries) AS free
        WHERE kept.event_id = free.event_id AND kept.endpoint = free.endpoint
        RETURNING kept.event_id, kept.endpoint, kept.attempt
      )
      SELECT ${event}, taken.endpoint, taken.attempt FROM taken JOIN ${events} ON event.id = taken.event_id
      ORDER BY taken.endpoint`,

    /** id, endpoint, token, lease in seconds */
    extend: `UPDATE ${table} SET free_at = ${inFuture('$4')} WHERE ${isOwn} RETURNING 1`,

    /** id, no endpoint, token, endpoints as JSON, retention in seconds */
    fanOut: `
      WITH event AS (
        UPDATE ${table} SET state = 'sent', token = NULL, expires_at = ${inFuture('$5')} WHERE ${isOwn} RETURNING event_id
      )
      INSERT INTO ${table} (event_id, endpoint, state, attempt, free_at)
      SELECT event.event_id, name, 'waiting', 0, clock_timestamp() FROM event, jsonb_array_elements_text($4::text::jsonb) AS name
      ON CONFLICT DO NOTHING RETURNING 1`,

    /** id, endpoint, token, retention in seconds */
    finish: `
      UPDATE ${table} SET state = 'done', token = NULL, error = NULL, attempt = attempt + 1, expires_at = ${inFuture('$4')}
      WHERE ${isOwn} RETURNING 1`,

    /** id, endpoint, token, wait in seconds, tries to count, error */
    again: `
      UPDATE ${table} SET token = NULL, free_at = ${inFuture('$4')}, attempt = attempt + $5::int, error = COALESCE($6::text, error)
      WHERE ${isOwn} RETURNING 1`,

    /** id, endpoint, token, tries, reason, error */
    bury: `
      UPDATE ${table} SET state = 'dead', token = NULL, free_at = clock_timestamp(), attempt = $4::int, reason = $5::text, error = $6::text
      WHERE ${isOwn} RETURNING 1`,

    /** limit → event, endpoint, attempt, reason, error */
    dead: `
      SELECT ${event}, dead.endpoint, dead.attempt, dead.reason, dead.error
      FROM (SELECT * FROM ${table} WHERE state = 'dead' ORDER BY free_at LIMIT $1::int) AS dead JOIN ${events} ON event.id = dead.event_id
      ORDER BY dead.free_at`,

    /** id, endpoint. Not what waits already; an endpoint that the event did not go to is as good. */
    redeliver: `
      INSERT INTO ${table} AS kept (event_id, endpoint, state, attempt, free_at)
      SELECT $1::text, $2::text, 'waiting', 0, clock_timestamp()
      WHERE $2::text <> '' AND EXISTS (SELECT FROM ${table} WHERE event_id = $1::text AND endpoint = '' AND state = 'sent' FOR UPDATE)
      ON CONFLICT (event_id, endpoint) DO UPDATE SET
        state = 'waiting', attempt = 0, free_at = excluded.free_at, token = NULL, reason = NULL, error = NULL, expires_at = NULL
      WHERE kept.state IN ('done', 'dead')
      RETURNING 1`,

    /** limit */
    sweep: `
      WITH expired AS MATERIALIZED (
        SELECT event_id, endpoint FROM ${table} AS old
        WHERE state IN ('done', 'sent') AND expires_at <= (SELECT clock_timestamp())
          AND (endpoint <> '' OR NOT EXISTS (SELECT FROM ${table} AS other WHERE other.event_id = old.event_id AND other.endpoint <> ''))
        ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED
      )
      DELETE FROM ${table} AS kept USING expired
      WHERE kept.event_id = expired.event_id AND kept.endpoint = expired.endpoint RETURNING 1`,
  }
}

/** The table. Texts compare byte by byte: a language's collation may hold two names for one. */
export const outboxMigration = (table: string): string =>
  makeTable(
    table,
    `
        event_id text COLLATE "C" NOT NULL,
        endpoint text COLLATE "C" NOT NULL,
        state text NOT NULL,
        attempt integer NOT NULL,
        free_at timestamptz NOT NULL,
        token text,
        reason text,
        error text,
        expires_at timestamptz,
        type text,
        account text,
        headers text,
        body bytea,
        PRIMARY KEY (event_id, endpoint)`,
    [
      "(endpoint, free_at) WHERE state = 'waiting'",
      "(endpoint, free_at) WHERE state = 'waiting' AND token IS NOT NULL",
      "(free_at) WHERE state = 'dead'",
      "(expires_at) WHERE state IN ('done', 'sent')",
    ],
  )
