import type { ClaimOptions } from '../../idempotency/store'
import { after, bytes, now, present, text } from './literals'

/** What a row says to somebody who asks to handle its key. */
export const open = 0
export const held = 1
export const completed = 2
const mismatch = 3

// MySQL and MariaDB name the variable differently, and each reads its own kind of comment.
const isolation = '/*!80000 @@transaction_isolation *//*M!100000 @@tx_isolation */'

const isOver = `expires_at <= ${now}`
const isRemembered = `expires_at > ${now}`

/**
 * The statements of a table, each atomic by itself, in what MySQL 8 and MariaDB have in common.
 *
 * A key is held while it has a token and is not completed; from `free_at` anyone may claim it, or, once it is completed, its
 * result is gone; from `expires_at` it is as if it had never been. Assignments are made from left to right, or in some modes all at once: none reads what stands before it.
 * Each counts `revision`, since drivers may be told the number of changed rows where others are told that of matching ones.
 */
export function statements(table: string) {
  const isOf = (key: string, token: string) => `idempotency_key = ${text(key)} AND token = ${text(token)} AND ${isRemembered}`
  const expiry = ({ leaseMs, retentionMs }: ClaimOptions) => after(Math.max(leaseMs, retentionMs))

  return {
    // Reads a snapshot, so that a duplicate of what is held or completed locks no row and writes nothing. Dirty is what READ
    // UNCOMMITTED gives: it may be rolled back yet. A locking read waits, and sees what is committed.
    look: (key: string, { token, fingerprint }: ClaimOptions, isLocking: boolean) => `
      SELECT CASE WHEN free_at > ${present} THEN result END AS result, ${isolation} = 'READ-UNCOMMITTED' AS dirty,
        GREATEST(TIMESTAMPDIFF(MICROSECOND, ${present}, free_at), 0) AS wait_us,
        CASE
          WHEN expires_at <= ${present} THEN ${open}
          WHEN fingerprint <> ${text(fingerprint)} THEN ${mismatch}
          WHEN completed THEN ${completed}
          WHEN token = ${text(token)} OR free_at <= ${present} THEN ${open}
          ELSE ${held}
        END AS status
      FROM ${table} WHERE idempotency_key = ${text(key)}${isLocking ? ' LOCK IN SHARE MODE' : ''}`,

    insert: (key: string, options: ClaimOptions) => `
      INSERT INTO ${table} (idempotency_key, token, fingerprint, attempt, completed, revision, free_at, expires_at)
      VALUES (${text(key)}, ${text(options.token)}, ${text(options.fingerprint)}, 1, 0, 0, ${after(options.leaseMs)}, ${expiry(options)})`,

    // The number of the attempt comes with the answer, as the id that was inserted last.
    takeOver: (key: string, options: ClaimOptions) => `
      UPDATE ${table} SET
        attempt = LAST_INSERT_ID(CASE
          WHEN ${isOver} THEN 1
          WHEN token = ${text(options.token)} THEN attempt
          ELSE attempt + 1
        END),
        fingerprint = COALESCE(CASE WHEN ${isRemembered} THEN fingerprint END, ${text(options.fingerprint)}),
        token = ${text(options.token)}, completed = 0, result = NULL, revision = revision + 1,
        free_at = ${after(options.leaseMs)}, expires_at = ${expiry(options)}
      WHERE idempotency_key = ${text(key)} AND (${isOver} OR (
        completed = 0
        AND (token = ${text(options.token)} OR free_at <= ${now})
        AND (fingerprint <> ${text(options.fingerprint)}) IS NOT TRUE
      ))`,

    // The first result stays. One UPDATE and not a look before it: it sees past the snapshot of the transaction that it is in.
    complete: (key: string, token: string, result: Uint8Array | undefined, retentionMs: number, resultMs: number) => `
      UPDATE ${table} SET
        result = CASE WHEN completed THEN result ELSE ${bytes(result)} END,
        free_at = CASE WHEN completed THEN free_at ELSE ${after(Math.min(resultMs, retentionMs))} END,
        expires_at = CASE WHEN completed THEN expires_at ELSE ${after(retentionMs)} END,
        completed = 1, revision = revision + 1
      WHERE ${isOf(key, token)}`,

    release: (key: string, token: string, retryAfterMs: number) => `
      UPDATE ${table} SET token = NULL, free_at = ${after(retryAfterMs)}, revision = revision + 1
      WHERE ${isOf(key, token)} AND completed = 0`,

    extend: (key: string, token: string, leaseMs: number) => `
      UPDATE ${table} SET
        free_at = ${after(leaseMs)}, expires_at = GREATEST(expires_at, ${after(leaseMs)}), revision = revision + 1
      WHERE ${isOf(key, token)} AND completed = 0`,

    // In this order, so that the few that are found are looked up and not the other way round; rows that somebody else works on
    // are left for later.
    sweep: (limit: number) => `
      DELETE kept FROM (
        SELECT idempotency_key FROM ${table} WHERE ${isOver} ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) AS expired STRAIGHT_JOIN ${table} AS kept ON kept.idempotency_key = expired.idempotency_key`,
  }
}
