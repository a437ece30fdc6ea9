import { randomToken } from '../crypto/random'
import { ask, nonsense } from './ask'
import { inBackground, type WaitUntil } from './background'
import { IdempotencyError } from './errors'
import type { Claim, IdempotencyStore } from './store'

/** How long things last, in milliseconds. */
export interface Times {
  readonly leaseMs: number
  readonly handlerMs: number
  readonly retentionMs: number
  /** How long a result is kept; undefined is as long as the key. */
  readonly resultMs?: number | undefined
  /** How long nobody may claim a key whose work has failed in that try. */
  readonly backOffMs: (attempt: number) => number
}

/** A key that this run holds, until its lease ends or another takes it over. */
export interface Hold {
  readonly store: IdempotencyStore
  readonly times: Times
  readonly key: string
  readonly token: string
  readonly attempt: number
  /** When the lease began, on the clock of `performance.now()`; no later than the store counts it. */
  readonly since: number
}

/** The hold, or the stored result where the work is done. Throws where neither can be had. */
export async function claimKey(
  store: IdempotencyStore,
  key: string,
  fingerprint: string | undefined,
  times: Times,
  waitUntil?: WaitUntil,
): Promise<Hold | { readonly stored: Uint8Array | undefined }> {
  const token = randomToken()
  const since = performance.now()
  const { leaseMs, retentionMs } = times
  const claim = await ask(
    () => store.claim(key, { token, fingerprint, leaseMs, retentionMs }),
    // Nobody waits for it any more, and it would block the key until its lease ends.
    (late) =>
      inBackground(async () => {
        if ((await late)?.status === 'claimed') await releaseKey({ store, key, token }, 0)
      }, waitUntil),
  )
  if (!isClaim(claim)) throw nonsense('claim', claim)
  switch (claim.status) {
    case 'claimed':
      return { store, times, key, token, attempt: claim.attempt, since }
    case 'completed':
      return { stored: claim.result }
    case 'in_progress':
      throw new IdempotencyError('in_progress', { retryAfterSeconds: Math.max(1, Math.ceil(claim.retryAfterMs / 1000)) })
    case 'mismatch':
      throw new IdempotencyError('mismatch')
  }
}

/** Marks the key as done, in a transaction where one is given. Throws `fenced` when another run holds or completed it. */
export async function completeKey(
  { store, key, token, times }: Hold,
  result: Uint8Array | undefined,
  tx?: unknown,
): Promise<void> {
  const { retentionMs, resultMs } = times
  const answer: unknown = await ask(() =>
    // A store of somebody else's may know nothing of it.
    resultMs === undefined
      ? store.complete(key, token, result, retentionMs, tx)
      : store.complete(key, token, result, retentionMs, tx, resultMs),
  )
  if (answer === false) throw new IdempotencyError('fenced')
  if (answer !== true) throw nonsense('complete', answer)
}

/** Gives the key back; where that fails the lease ends by itself. */
async function releaseKey({ store, key, token }: Pick<Hold, 'store' | 'key' | 'token'>, retryAfterMs: number): Promise<void> {
  await ask(() => store.release(key, token, { retryAfterMs })).catch(() => undefined)
}

/** Gives the key back after its work has failed, to be claimed when that try's back-off is over. */
export const giveBack = (hold: Hold): Promise<void> => releaseKey(hold, hold.times.backOffMs(hold.attempt))

/** Stores are anyone's code: what they say is looked at before it is believed. */
function isClaim(claim: unknown): claim is Claim {
  const { status, attempt, retryAfterMs, result } = (claim ?? {}) as Record<string, unknown>
  switch (status) {
    case 'claimed':
      return Number.isSafeInteger(attempt) && (attempt as number) >= 1
    case 'in_progress':
      return Number.isFinite(retryAfterMs)
    case 'completed':
      return result === undefined || ArrayBuffer.isView(result)
    default:
      return status === 'mismatch'
  }
}
