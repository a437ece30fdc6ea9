import { expectFunction, expectNumber, expectOption } from '../core/options'
import { IdempotencyError } from '../idempotency/errors'
import { assertKey, type Claim, type ClaimOptions, type IdempotencyStore } from '../idempotency/store'

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

interface Entry {
  readonly attempt: number
  readonly fingerprint: string | undefined
  /** Who holds or completed the key; undefined once it was given back. */
  token: string | undefined
  isCompleted: boolean
  result: Uint8Array | undefined
  /** From this moment anyone may claim a key that is not completed. */
  freeAt: number
  /** From this moment the key is forgotten. */
  overAt: number
}

const copy = (result: Uint8Array | undefined) => result && new Uint8Array(result)

/** Keeps keys in this process only, and forgets them when it ends: for development, tests and work that may be repeated. */
export function memoryStore({ maxEntries = 100_000, now }: MemoryStoreOptions = {}): MemoryStore {
  expectNumber('maxEntries', maxEntries, 1)
  expectFunction('now', now)
  const clock = now ? () => now().getTime() : () => performance.now()
  const entries = new Map<string, Entry>()

  /** What is remembered of a key. */
  function find(key: string): Entry | undefined {
    const entry = entries.get(key)
    return entry && clock() < entry.overAt ? entry : undefined
  }

  /** What is remembered of a key that this token holds or completed. */
  function owned(key: string, token: string): Entry | undefined {
    const entry = find(key)
    return entry?.token === token ? entry : undefined
  }

  /** What stands in the way of a claim. */
  function obstacle(entry: Entry, { token, fingerprint }: ClaimOptions): Claim | undefined {
    const isOther = fingerprint !== undefined && entry.fingerprint !== undefined && fingerprint !== entry.fingerprint
    if (isOther) return { status: 'mismatch' }
    if (entry.isCompleted) return { status: 'completed', result: copy(entry.result) }
    const retryAfterMs = entry.freeAt - clock()
    return entry.token === token || retryAfterMs <= 0 ? undefined : { status: 'in_progress', retryAfterMs }
  }

  async function claim(key: string, options: ClaimOptions): Promise<Claim> {
    assertKey(key)
    const entry = find(key)
    const claim = entry && obstacle(entry, options)
    if (claim) return claim
    const { token, fingerprint, leaseMs, retentionMs } = options
    if (!entries.has(key) && entries.size >= maxEntries) makeRoom()
    const attempt = !entry ? 1 : entry.token === token ? entry.attempt : entry.attempt + 1
    entries.set(key, {
      attempt,
      fingerprint: entry?.fingerprint ?? fingerprint,
      token,
      isCompleted: false,
      result: undefined,
      freeAt: clock() + leaseMs,
      overAt: clock() + Math.max(leaseMs, retentionMs),
    })
    return { status: 'claimed', attempt }
  }

  /** Dropping a key that is remembered would let its work be done again. */
  function makeRoom() {
    if (drop(maxEntries) > 0) return
    const detail = `the memory store is full (\`maxEntries\` is ${maxEntries}) of keys whose retention is not over`
    throw new IdempotencyError('store_unavailable', { detail })
  }

  function drop(limit: number): number {
    let dropped = 0
    for (const [key, { overAt }] of entries) {
      if (dropped >= limit) break
      if (clock() < overAt) continue
      entries.delete(key)
      dropped++
    }
    return dropped
  }

  return {
    traits: { durable: false, shared: false, clock: 'caller' },
    claim,
    async complete(key, token, result, retentionMs) {
      const entry = owned(key, token)
      if (entry?.isCompleted === false) {
        Object.assign(entry, { isCompleted: true, result: copy(result), overAt: clock() + retentionMs })
      }
      return entry !== undefined
    },
    async release(key, token, { retryAfterMs = 0 } = {}) {
      const entry = owned(key, token)
      if (!entry || entry.isCompleted) return false
      entry.token = undefined
      entry.freeAt = clock() + retryAfterMs
      return true
    },
    async extend(key, token, leaseMs) {
      const entry = owned(key, token)
      if (!entry || entry.isCompleted) return false
      entry.freeAt = clock() + leaseMs
      entry.overAt = Math.max(entry.overAt, entry.freeAt)
      return true
    },
    async sweep(limit) {
      expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
      return drop(limit)
    },
  }
}
