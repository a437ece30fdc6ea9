/**
 * The statements of a table, each atomic by itself; times are milliseconds since 1970.
 *
 * Values are bound by their order alone, since each driver names parameters in its own way. A key is held while it has a token and is
 * not completed; from `free_at` anyone may claim it, or, once it is completed, its result is gone; from `expires_at` it is as if it
 * had never been.
 */
export function statements(name: string) {
  const table = `main."${name}"`
  return {
    /** now, fingerprint, token, now, now; key → status, free_at, has a result, result */
    look: `
      SELECT
        CASE
          WHEN expires_at <= ? THEN 'open'
          WHEN fingerprint <> ? THEN 'mismatch'
          WHEN completed THEN 'completed'
          WHEN token = ? OR free_at <= ? THEN 'open'
          ELSE 'in_progress'
        END,
        free_at, result IS NOT NULL AND free_at > ?, result
      FROM ${table} WHERE key = ?`,

    /** key, token, fingerprint, now, free_at, expires_at → attempt, or no row where another was quicker */
    claim: `
      INSERT INTO ${table} AS kept (key, token, fingerprint, claimed_at, free_at, expires_at, attempt, completed)
      VALUES (?, ?, ?, ?, ?, ?, 1, 0)
      ON CONFLICT (key) DO UPDATE SET
        token = excluded.token,
        fingerprint = coalesce(CASE WHEN kept.expires_at > excluded.claimed_at THEN kept.fingerprint END, excluded.fingerprint),
        attempt = CASE
          WHEN kept.expires_at <= excluded.claimed_at THEN 1
          WHEN kept.token = excluded.token THEN kept.attempt
          ELSE kept.attempt + 1
        END,
        completed = 0,
        result = NULL,
        claimed_at = excluded.claimed_at,
        free_at = excluded.free_at,
        expires_at = excluded.expires_at
      WHERE kept.expires_at <= excluded.claimed_at OR (
        NOT kept.completed
        AND (kept.token = excluded.token OR kept.free_at <= excluded.claimed_at)
        AND (kept.fingerprint = excluded.fingerprint) IS NOT FALSE
      )
      RETURNING attempt`,

    /** has a result, result, free_at, expires_at; key, token, now. The first result stays. */
    complete: `
      UPDATE ${table} SET
        completed = 1,
        -- A driver may bind no bytes as NULL.
        result = CASE WHEN completed THEN result WHEN ? THEN coalesce(?, x'') END,
        free_at = CASE WHEN completed THEN free_at ELSE ? END,
        expires_at = CASE WHEN completed THEN expires_at ELSE ? END
      WHERE key = ? AND token = ? AND expires_at > ?
      RETURNING 1`,

    /** free_at; key, token, now */
    release: `
      UPDATE ${table} SET token = NULL, free_at = ?
      WHERE key = ? AND token = ? AND expires_at > ? AND NOT completed
      RETURNING 1`,

    /** free_at, the same; key, token, now */
    extend: `
      UPDATE ${table} SET free_at = ?, expires_at = max(expires_at, ?)
      WHERE key = ? AND token = ? AND expires_at > ? AND NOT completed
      RETURNING 1`,

    /** now, limit */
    dropResults: `
      UPDATE ${table} SET result = NULL
      WHERE key IN (SELECT key FROM ${table} WHERE completed AND result IS NOT NULL AND free_at <= ? ORDER BY free_at LIMIT ?)
      RETURNING 1`,

    /** now, limit */
    sweep: `
      DELETE FROM ${table}
      WHERE key IN (SELECT key FROM ${table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
      RETURNING 1`,
  }
}

export type Statements = ReturnType<typeof statements>
