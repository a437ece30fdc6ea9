import { expectNumber, expectOption } from '../core/options'
import { nonsense } from '../idempotency/ask'
import { assertKey, type Claim, type Finding, type IdempotencyStore } from '../idempotency/store'
import { findDangers } from './redis/check'
import { connectionTo, type Ioredis, type IoredisServer, isClient, type NodeRedis, type NodeRedisServer } from './redis/client'
import { readText, toResult, toText } from './redis/result'
import { type Script, scripts } from './redis/scripts'

export type { Ioredis, IoredisServer, NodeRedis, NodeRedisServer }

/** What `redisStore` may be given. */
export interface RedisStoreOptions {
  /** What the name of every key in Redis begins with. Default `countersign:`. */
  readonly prefix?: string
}

/** A store in Redis or Valkey; it has no transactions. */
export interface RedisStore extends IdempotencyStore<never> {
  /**
   * Names the settings of the server, or of any primary of the cluster, that void what the store promises; none where all is well.
   *
   * `unchecked` is among them where the server does not tell its settings, as managed ones do not.
   */
  check(): Promise<Finding[]>
}

/**
 * Keeps keys in Redis or Valkey, one value each, which expires by itself: pass a client of `ioredis` or node-redis, or of a cluster.
 *
 * One round trip claims a key and one completes it. Work is done at least once: what the handler writes elsewhere and the
 * completion are two steps, and Redis may forget a completion in a failover, or, unless `appendfsync` is `always`, the last two
 * seconds before a crash; run `check()` once. Results have 16 MiB at most (`store_unavailable`).
 */
export function redisStore(client: Ioredis | NodeRedis, { prefix = 'countersign:' }: RedisStoreOptions = {}): RedisStore {
  expectOption(isClient(client), 'client', 'a client of ioredis or node-redis', client)
  expectOption(typeof prefix === 'string' && prefix.isWellFormed(), 'prefix', 'well-formed text', prefix)
  const { bySha, byText, primaries } = connectionTo(client)

  /** By its short name; by its text where the server does not know that (any more): after a flush, a restart, a failover. */
  async function run({ sha, text }: Script, key: string, values: string[]): Promise<unknown> {
    if (sha === undefined) return byText(text, prefix + key, values)
    try {
      return await bySha(sha, prefix + key, values)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return byText(text, prefix + key, values)
    }
  }

  async function changed(script: Script, key: string, values: string[]): Promise<boolean> {
    const reply = await run(script, key, values)
    const count = Number(reply)
    if (count !== 0 && count !== 1) throw nonsense('the script', reply)
    return count === 1
  }

  return {
    traits: { durable: true, shared: true, clock: 'store' },

    async claim(key, { token, fingerprint, leaseMs, retentionMs }) {
      assertKey(key)
      const lease = toMs('leaseMs', leaseMs)
      const keep = Math.max(lease, toMs('retentionMs', retentionMs), 1)
      const values = [token, `${keep}`, `${keep - lease}`]
      if (fingerprint !== undefined) values.push(fingerprint)
      return toClaim(await run(scripts.claim, key, values))
    },

    async complete(key, token, result, retentionMs, _, resultMs = retentionMs) {
      const keep = Math.max(toMs('retentionMs', retentionMs), 1)
      const values = [token, `${keep}`]
      if (result) values.push(toText(result))
      const rest = keep - toMs('resultMs', resultMs)
      if (result && rest > 0) values.push(`${rest}`)
      return changed(scripts.complete, key, values)
    },
    release: async (key, token, { retryAfterMs = 0 } = {}) =>
      changed(scripts.release, key, [token, `${toMs('retryAfterMs', retryAfterMs)}`]),
    extend: async (key, token, leaseMs) => changed(scripts.extend, key, [token, `${toMs('leaseMs', leaseMs)}`]),

    check: async () => findDangers(await primaries()),
  }
}

/** Whole milliseconds. */
function toMs(name: string, milliseconds: number): number {
  expectNumber(name, milliseconds)
  return Math.ceil(milliseconds)
}

function toClaim(reply: unknown): Claim {
  if (!Array.isArray(reply)) {
    const attempt = Number(reply)
    if (attempt >= 1) return { status: 'claimed', attempt }
    throw nonsense('claim', reply)
  }
  const [status, value] = [readText(reply[0]), reply[1] as unknown]
  switch (status) {
    case 'in_progress':
      return { status, retryAfterMs: Number(value) }
    case 'completed':
      return { status, result: value === undefined ? undefined : toResult(readText(value)) }
    case 'mismatch':
      return { status }
    default:
      throw nonsense('claim', status)
  }
}
