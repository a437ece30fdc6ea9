import { expectFunction, expectNumber, expectOption } from '../core/options'
import { IdempotencyError } from '../idempotency/errors'
import { assertKey, type Claim, type ClaimOptions, type IdempotencyStore } from '../idempotency/store'
import type { Entry, Open } from './memory/entry'
import { openGenerations } from './memory/generations'

/** What `memoryStore` may be given. */
export interface MemoryStoreOptions {
  /** How many keys it remembers; full of keys that are not over, it refuses to claim. Default 100 000. */
  readonly maxEntries?: number
  /** Its clock. Default: one that no change of the system's time can turn. */
  readonly now?: () => Date
}

/** A store in this process; it has no transactions. */
export interface MemoryStore extends IdempotencyStore<never> {
  sweep(limit: number): Promise<number>
}

/** Full, it makes room for more than one, so that not every claim has to. */
const roomAtOnce = 1000

const copy = (result: Uint8Array | undefined) => result && new Uint8Array(result)

/**
 * Keeps keys in this process only, and forgets them when it ends: for development, tests and work that may be repeated.
 *
 * A completed key without a result takes about 70 bytes beside its own text. There are no timers: what is over is dropped, many
 * at once, when somebody claims. Full, it rejects claims of new keys with `store_unavailable`.
 */
export function memoryStore({ maxEntries = 100_000, now }: MemoryStoreOptions = {}): MemoryStore {
  expectNumber('maxEntries', maxEntries, 1)
  expectFunction('now', now)
  const clock = now ? () => now().getTime() : () => performance.now()
  const entries = openGenerations()
  /** Results that are over before their key is: they are dropped by themselves, and the key stays as small as one without. */
  const results = openGenerations()

  /** What is remembered of a key that this token holds or completed. */
  function owned(key: string, token: string, at: number): Entry | undefined {
    const entry = entries.get(key)
    return entry?.token === token && at < entry.overAt ? entry : undefined
  }

  /** What is remembered of a key that this token holds. */
  function held(key: string, token: string, at: number): Open | undefined {
    const entry = owned(key, token, at)
    return entry?.isDone === false ? entry : undefined
  }

  async function claim(key: string, options: ClaimOptions): Promise<Claim> {
    assertKey(key)
    const { token, fingerprint, leaseMs, retentionMs } = options
    expectNumber('leaseMs', leaseMs)
    expectNumber('retentionMs', retentionMs)
    const at = clock()
    entries.rotate(at)
    results.rotate(at)
    const last = entries.get(key)
    const entry = last && at < last.overAt ? last : undefined
    const refusal = entry && refusalOf(entry, options, at, () => brief(key, entry, at))
    if (refusal) return refusal
    if (!last) expectRoom(at)
    const open = entry?.isDone === false ? entry : undefined
    const attempt = (open?.attempt ?? 0) + (open?.token === token ? 0 : 1)
    const until = { freeAt: at + leaseMs, overAt: at + Math.max(leaseMs, retentionMs) }
    entries.set(key, { isDone: false, attempt, fingerprint: open?.fingerprint ?? fingerprint, token, ...until }, at, last)
    return { status: 'claimed', attempt }
  }

  /** The result of a key that outlives it, as long as it lasts. */
  function brief(key: string, { token }: Entry, at: number): Uint8Array | undefined {
    const kept = results.get(key)
    return kept?.isDone && kept.token === token && at < kept.overAt ? kept.result : undefined
  }

  /** Dropping a key that is remembered would let its work be done again. */
  function expectRoom(at: number): void {
    if (entries.size() < maxEntries || entries.drop(roomAtOnce, at) > 0) return
    const detail = `the memory store is full (\`maxEntries\` is ${maxEntries}) of keys whose retention is not over`
    throw new IdempotencyError('store_unavailable', { detail })
  }

  return {
    traits: { durable: false, shared: false, clock: 'caller' },
    claim,
    async complete(key, token, result, retentionMs, _, resultMs = retentionMs) {
      expectNumber('retentionMs', retentionMs)
      expectNumber('resultMs', resultMs)
      const at = clock()
      const entry = owned(key, token, at)
      if (entry?.isDone === false) {
        const { fingerprint } = entry
        const isBrief = result !== undefined && resultMs < retentionMs
        const kept = isBrief ? undefined : copy(result)
        if (isBrief) {
          const brief: Entry = { isDone: true, token, fingerprint, result: copy(result), overAt: at + resultMs }
          results.set(key, brief, at, results.get(key))
        }
        entries.set(key, { isDone: true, token, fingerprint, result: kept, overAt: at + retentionMs }, at, entry)
      }
      return entry !== undefined
    },
    async release(key, token, { retryAfterMs = 0 } = {}) {
      expectNumber('retryAfterMs', retryAfterMs)
      const at = clock()
      const entry = held(key, token, at)
      if (entry) entries.set(key, { ...entry, token: undefined, freeAt: at + retryAfterMs }, at, entry)
      return entry !== undefined
    },
    async extend(key, token, leaseMs) {
      expectNumber('leaseMs', leaseMs)
      const at = clock()
      const entry = held(key, token, at)
      const freeAt = at + leaseMs
      if (entry) entries.set(key, { ...entry, freeAt, overAt: Math.max(entry.overAt, freeAt) }, at, entry)
      return entry !== undefined
    },
    async sweep(limit) {
      expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
      const at = clock()
      results.rotate(at)
      return entries.drop(limit, at)
    },
  }
}

/** What stands in the way of a claim. */
function refusalOf(
  entry: Entry,
  { token, fingerprint }: ClaimOptions,
  at: number,
  brief: () => Uint8Array | undefined,
): Claim | undefined {
  const isOther = fingerprint !== undefined && entry.fingerprint !== undefined && fingerprint !== entry.fingerprint
  if (isOther) return { status: 'mismatch' }
  if (entry.isDone) return { status: 'completed', result: copy(entry.result ?? brief()) }
  const retryAfterMs = entry.freeAt - at
  return entry.token === token || retryAfterMs <= 0 ? undefined : { status: 'in_progress', retryAfterMs }
}
