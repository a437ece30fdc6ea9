import type { Claim, ClaimOptions } from '../../idempotency/store'
import { type Database, query, toText } from './client'
import type { Statements } from './statements'

/** How often a claim is decided anew when another process comes between. */
const mostTries = 20

/** Looks first, so that a duplicate of what is held or completed needs no lock and writes nothing. */
export function claimOn(
  database: Database,
  sql: Statements,
  name: string,
  { leaseMs, retentionMs, ...given }: ClaimOptions,
  time: () => number,
): Claim {
  const [key, token] = [toText(name), toText(given.token)]
  const fingerprint = given.fingerprint === undefined ? null : toText(given.fingerprint)
  for (let tries = 0; tries < mostTries; tries++) {
    const now = time()
    const [row] = query(database, sql.look, [now, fingerprint, token, now, now, key])
    if (row && row[0] !== 'open') return toClaim(row, now)
    const values = [key, token, fingerprint, now, now + leaseMs, now + Math.max(leaseMs, retentionMs)]
    const [claimed] = query(database, sql.claim, values)
    if (claimed) return { status: 'claimed', attempt: Number(claimed[0]) }
  }
  throw new Error(`No answer in ${mostTries} tries to claim: others were quicker every time.`)
}

function toClaim([status, freeAt, hasResult, result]: readonly unknown[], now: number): Claim {
  switch (status) {
    case 'in_progress':
      return { status, retryAfterMs: Number(freeAt) - now }
    case 'completed':
      return { status, result: Number(hasResult) ? toBytes(result) : undefined }
    default:
      return { status: 'mismatch' }
  }
}

function toBytes(result: unknown): Uint8Array {
  if (!ArrayBuffer.isView(result)) throw new Error('Expected the driver to give a blob as bytes.')
  // better-sqlite3 gives a Buffer.
  return new Uint8Array(result as Uint8Array)
}
