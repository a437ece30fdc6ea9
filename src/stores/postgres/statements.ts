/**
 * The statements of a table, each one round trip and atomic by itself in READ COMMITTED.
 *
 * Only `clock_timestamp()` decides: `now()` stands still in a transaction. A key is held while it has a token and is not
 * completed; from `free_at` anyone may claim it, or, once it is completed, its result is gone; from `expires_at` it is as if it had never been.
 */
export function statements(table: string) {
  const isRemembered = 'expires_at > clock_timestamp()'
  const after = (parameter: string) => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`
  const isHeld = `key = $1 AND token = $2 AND NOT completed AND ${isRemembered}`

  return {
    // Reads first, so that a duplicate of what is held or completed locks no row and writes nothing. No row at all means that
    // another claim came between the snapshot and the insert: then a new snapshot shows it.
    claim: `
      WITH seen AS MATERIALIZED (
        SELECT CASE WHEN free_at > clock_timestamp() THEN result END AS result,
          greatest(extract(epoch FROM free_at - clock_timestamp()) * 1000, 0)::float8 AS wait_ms,
          CASE
            WHEN fingerprint <> $3::text THEN 'mismatch'
            WHEN completed THEN 'completed'
            WHEN token = $2::text OR free_at <= clock_timestamp() THEN 'open'
            ELSE 'in_progress'
          END AS status
        FROM ${table} WHERE key = $1::text AND ${isRemembered}
      ), claimed AS (
        INSERT INTO ${table} AS kept (key, token, fingerprint, attempt, completed, free_at, expires_at)
        SELECT $1::text, $2::text, $3::text, 1, false, ${after('$4')}, ${after('greatest($4::float8, $5::float8)')}
        WHERE NOT EXISTS (SELECT FROM seen WHERE status <> 'open')
        ON CONFLICT (key) DO UPDATE SET
          token = excluded.token,
          fingerprint = coalesce(CASE WHEN kept.${isRemembered} THEN kept.fingerprint END, excluded.fingerprint),
          attempt = CASE
            WHEN NOT kept.${isRemembered} THEN 1
            WHEN kept.token = excluded.token THEN kept.attempt
            ELSE kept.attempt + 1
          END,
          completed = false,
          result = NULL,
          free_at = ${after('$4')},
          expires_at = ${after('greatest($4::float8, $5::float8)')}
        WHERE NOT kept.${isRemembered} OR (
          NOT kept.completed
          AND (kept.token = excluded.token OR kept.free_at <= clock_timestamp())
          AND (kept.fingerprint = excluded.fingerprint) IS NOT FALSE
        )
        RETURNING attempt
      )
      SELECT 'claimed' AS status, attempt, 0::float8 AS wait_ms, NULL::bytea AS result FROM claimed
      UNION ALL
      SELECT status, 0, wait_ms, CASE status WHEN 'completed' THEN result END FROM seen WHERE status <> 'open'`,

    // The first result stays. One UPDATE and not a look before it: what it waits for may change what is true.
    complete: `
      UPDATE ${table} SET
        completed = true,
        result = CASE WHEN completed THEN result ELSE $3::bytea END,
        free_at = CASE WHEN completed THEN free_at ELSE ${after('$5')} END,
        expires_at = CASE WHEN completed THEN expires_at ELSE ${after('$4')} END
      WHERE key = $1 AND token = $2 AND ${isRemembered}
      RETURNING 1`,

    release: `UPDATE ${table} SET token = NULL, free_at = ${after('$3')} WHERE ${isHeld} RETURNING 1`,

    extend: `
      UPDATE ${table} SET free_at = ${after('$3')}, expires_at = greatest(expires_at, ${after('$3')})
      WHERE ${isHeld} RETURNING 1`,

    // The time is asked for once, so that the index on it is of use; rows that somebody else works on are left for later.
    sweep: `
      WITH expired AS MATERIALIZED (
        SELECT key FROM ${table} WHERE expires_at <= (SELECT clock_timestamp())
        ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED
      )
      DELETE FROM ${table} AS kept USING expired WHERE kept.key = expired.key RETURNING 1`,

    // By an index of its own, which holds results alone.
    dropResults: `
      WITH old AS MATERIALIZED (
        SELECT key FROM ${table} WHERE completed AND result IS NOT NULL AND free_at <= (SELECT clock_timestamp())
        ORDER BY free_at LIMIT $1::int FOR UPDATE SKIP LOCKED
      )
      UPDATE ${table} AS kept SET result = NULL FROM old WHERE kept.key = old.key`,
  }
}
