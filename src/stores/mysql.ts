import { expectOption } from '../core/options'
import { IdempotencyError } from '../idempotency/errors'
import { assertKey, type Claim, type ClaimOptions, type Finding, type TransactionalStore } from '../idempotency/store'
import { findDangers, settingsOf } from './mysql/check'
import type { ConnectionOf, Pool, PoolConnection, Queryable, Statement } from './mysql/client'
import { type Change, changeOf, committedChangeOf, insist, isDuplicate, isMissing, send } from './mysql/send'
import { completed, held, open, statements } from './mysql/statements'
import { creation, partsOf, probe } from './mysql/table'
import { transact } from './mysql/transaction'

export type { ConnectionOf, Pool, PoolConnection, Queryable, Statement }

/** What `mysqlStore` may be given. */
export interface MysqlStoreOptions {
  /** The table, with or without its database. Default `countersign_keys`. */
  readonly table?: string
}

/** A store in one table of MySQL or MariaDB. `Connection` is what its transactions give to work. */
export interface MysqlStore<Connection> extends TransactionalStore<Connection> {
  /** As in every store, for a result of 8 MiB at most; `tx` is whatever can send a statement inside the transaction. */
  complete(
    key: string,
    token: string,
    result: Uint8Array | undefined,
    retentionMs: number,
    tx?: Queryable,
    resultMs?: number,
  ): Promise<boolean>
  // Last, since inference looks at the last overload only.
  complete(
    key: string,
    token: string,
    result: Uint8Array | undefined,
    retentionMs: number,
    tx?: Connection | Queryable,
    resultMs?: number,
  ): Promise<boolean>
  sweep(limit: number): Promise<number>
  /** Makes the table where it is missing; safe to repeat, also by several processes at once. */
  migrate(): Promise<void>
  /** Names the settings of the server that void what the store promises; none where all is well. */
  check(): Promise<Finding[]>
}

/** Its text, half as long again, is within the packet that both servers take by default. */
const mostResultBytes = 8 * 1024 * 1024

/**
 * Keeps keys in a table of MySQL 8 or MariaDB 10.6 and later: pass a pool of `mysql2/promise`. Run `migrate()` once before.
 *
 * Its transactions give the pool's own connection, so that the handler's writes and the completion commit together. They are at
 * most the pool's size less one at once.
 */
export function mysqlStore<Source extends Pool>(
  pool: Source,
  { table = 'countersign_keys' }: MysqlStoreOptions = {},
): MysqlStore<ConnectionOf<Source>> {
  const { query, getConnection, promise } = (pool ?? {}) as Partial<Pool> & { readonly promise?: unknown }
  const isUsable = typeof query === 'function' && typeof getConnection === 'function'
  expectOption(isUsable && promise === undefined, 'pool', 'a pool of mysql2/promise, or `.promise()` of one of mysql2', pool)
  const parts = partsOf(table)
  const name = parts.map((part) => `\`${part}\``).join('.')
  const sql = statements(name)

  const shared: Queryable = {
    query: (text) => pool.query({ sql: text, namedPlaceholders: false, rowsAsArray: false, nestTables: false, typeCast: true }),
  }
  const ask = (text: string, client = shared) => send(client, text, name)
  const change = async (text: string): Promise<Change> => committedChangeOf(await ask(text))
  const changes = (text: string) => insist(async () => (await change(text)).rows)

  async function look(key: string, options: ClaimOptions, isLocking: boolean): Promise<KeyRow | undefined> {
    const [row] = (await ask(sql.look(key, options, isLocking))) as KeyRow[]
    return Number(row?.dirty) && !isLocking ? look(key, options, true) : row
  }

  return {
    traits: { durable: true, shared: true, clock: 'store' },

    async claim(key, options) {
      assertKey(key)
      return insist(async (tries): Promise<Claim | undefined> => {
        // A snapshot first; whoever was beaten since looks at what is true now.
        const row = await look(key, options, tries > 0)
        if (row && Number(row.status) !== open) return toClaim(row)
        if (row) {
          const { rows, insertId } = await change(sql.takeOver(key, options))
          return rows > 0 ? { status: 'claimed', attempt: insertId } : undefined
        }
        try {
          await change(sql.insert(key, options))
          return { status: 'claimed', attempt: 1 }
        } catch (error) {
          if (isDuplicate(error)) return undefined
          throw error
        }
      })
    },

    async complete(key, token, result, retentionMs, tx, resultMs = retentionMs) {
      if (result && result.length > mostResultBytes) {
        const detail = `a result of ${result.length} bytes is more than the ${mostResultBytes} that this store keeps`
        throw new IdempotencyError('store_unavailable', { detail })
      }
      const text = sql.complete(key, token, result, retentionMs, resultMs)
      // Not tried again where it is part of a transaction: that was rolled back as a whole.
      const rows = tx ? changeOf(await ask(text, tx as Queryable)).rows : await changes(text)
      return rows > 0
    },
    release: async (key, token, { retryAfterMs = 0 } = {}) => (await changes(sql.release(key, token, retryAfterMs))) > 0,
    extend: async (key, token, leaseMs) => (await changes(sql.extend(key, token, leaseMs))) > 0,

    async sweep(limit) {
      expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
      return changes(sql.sweep(limit))
    },

    transaction<R>(work: (connection: ConnectionOf<Source>) => Promise<R>): Promise<R> {
      // The conditional type says of the pool what is known here of its connection.
      return transact(pool, work as (connection: unknown) => Promise<R>)
    },

    async migrate() {
      try {
        // Needs no right to create where there is nothing to do.
        await shared.query(probe(name))
      } catch (error) {
        if (!isMissing(error)) throw error
        await shared.query(creation(name))
      }
    },

    async check() {
      const [found] = (await ask(settingsOf(parts))) as unknown[]
      return findDangers(found)
    },
  }
}

interface KeyRow {
  readonly status: unknown
  readonly dirty: unknown
  readonly wait_us: unknown
  readonly result: unknown
}

/** Drivers may give numbers as texts. */
function toClaim({ status, wait_us, result }: KeyRow): Claim {
  switch (Number(status)) {
    case held:
      return { status: 'in_progress', retryAfterMs: Number(wait_us) / 1000 }
    case completed:
      return { status: 'completed', result: toBytes(result) }
    default:
      return { status: 'mismatch' }
  }
}

function toBytes(result: unknown): Uint8Array | undefined {
  if (result === null) return undefined
  if (!ArrayBuffer.isView(result)) throw new Error('Expected the driver to give a blob as bytes.')
  // A Buffer is a window into what the driver received.
  return new Uint8Array(result as Uint8Array)
}
