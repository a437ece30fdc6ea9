import { expectOption } from '../core/options'
import { IdempotencyError } from '../idempotency/errors'
import { assertKey, type Claim, type Finding, type TransactionalStore } from '../idempotency/store'
import { findDangers } from './postgres/check'
import {
  type ClientOf,
  type Completing,
  type Embedded,
  isTagged,
  type Pool,
  type PoolClient,
  type Queryable,
  type TaggedPool,
  type TaggedSql,
  toQueryable,
} from './postgres/client'
import { statements } from './postgres/statements'
import { migration, quoteTable } from './postgres/table'
import { toText } from './postgres/text'
import { transact, transactTagged } from './postgres/transaction'

export type { ClientOf, Completing, Embedded, Pool, PoolClient, Queryable, TaggedPool, TaggedSql }

/** What `postgresStore` may be given. */
export interface PostgresStoreOptions {
  /** The table, with or without its schema. Default `countersign_keys`. */
  readonly table?: string
}

/** A store in one table of PostgreSQL. `Client` is what its transactions give to work. */
export interface PostgresStore<Client> extends TransactionalStore<Client> {
  /** As in every store; `tx` is the store's own transaction, or whatever else sends a statement inside one. */
  complete(key: string, token: string, result: Uint8Array | undefined, retentionMs: number, tx?: Completing): Promise<boolean>
  // Last, since inference looks at the last overload only.
  complete(
    key: string,
    token: string,
    result: Uint8Array | undefined,
    retentionMs: number,
    tx?: Client | Completing,
  ): Promise<boolean>
  sweep(limit: number): Promise<number>
  /** Makes the table where it is missing; safe to repeat, also by several processes at once. */
  migrate(): Promise<void>
  /** Names the settings of the server that void what the store promises; none where all is well. */
  check(): Promise<Finding[]>
}

/** How often a claim is decided anew when others come between. */
const mostTries = 20

type Source = Pool | Embedded | TaggedPool

const isEmbedded = (source: Source): source is Embedded => 'transaction' in source && typeof source.transaction === 'function'

function isSource(pool: unknown): pool is Source {
  const has = (name: string) => typeof (pool as Record<string, unknown> | null)?.[name] === 'function'
  return (has('unsafe') && has('begin')) || (has('query') && (has('transaction') || has('connect')))
}

/**
 * Keeps keys in a table of PostgreSQL: pass a pool of `pg`, the `sql` of postgres.js, or PGlite. Run `migrate()` once before.
 *
 * Its transactions give the pool's own client, so that the handler's writes and the completion commit together. On a pool they
 * are at most its size less one at once; PGlite has one connection, and what comes meanwhile waits.
 */
export function postgresStore<Given extends Source>(
  pool: Given,
  { table = 'countersign_keys' }: PostgresStoreOptions = {},
): PostgresStore<ClientOf<Given>> {
  expectOption(isSource(pool), 'pool', 'a pool of pg, the sql of postgres.js, or a PGlite', pool)
  const source: Source = pool
  const ownQueryable = toQueryable(source)
  const name = quoteTable(table)
  const sql = statements(name)

  async function query(text: string, values: unknown[], client: Queryable = ownQueryable): Promise<unknown[]> {
    try {
      // Not every client takes undefined for NULL.
      return (
        await client.query(
          text,
          values.map((value) => value ?? null),
        )
      ).rows
    } catch (cause) {
      const { code } = (cause ?? {}) as { readonly code?: unknown }
      // undefined_table, undefined_column
      if (code !== '42P01' && code !== '42703') throw cause
      throw new IdempotencyError('store_unavailable', {
        detail: `the table ${name} is missing or not as it should be, run migrate()`,
        cause,
      })
    }
  }

  const changed = async (text: string, values: unknown[], client?: Queryable) => (await query(text, values, client)).length > 0

  return {
    traits: isEmbedded(source)
      ? { durable: source.dataDir !== undefined && !source.dataDir.startsWith('memory://'), shared: false, clock: 'store' }
      : { durable: true, shared: true, clock: 'store' },

    async claim(key, { token, fingerprint, leaseMs, retentionMs }) {
      assertKey(key)
      const values = [
        toText(key),
        toText(token),
        fingerprint === undefined ? fingerprint : toText(fingerprint),
        leaseMs,
        retentionMs,
      ]
      for (let tries = 0; tries < mostTries; tries++) {
        const [row] = await query(sql.claim, values).catch(lostRace)
        if (row !== undefined) return toClaim(row as ClaimRow)
      }
      throw new Error(`No answer in ${mostTries} tries to claim: others were quicker every time.`)
    },

    async complete(key, token, result, retentionMs, tx, resultMs = retentionMs) {
      const values = [toText(key), toText(token), result, retentionMs, Math.min(resultMs, retentionMs)]
      return changed(sql.complete, values, tx && toQueryable(tx as Completing))
    },
    release: (key, token, { retryAfterMs = 0 } = {}) => changed(sql.release, [toText(key), toText(token), retryAfterMs]),
    extend: (key, token, leaseMs) => changed(sql.extend, [toText(key), toText(token), leaseMs]),

    async sweep(limit) {
      expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
      await query(sql.dropResults, [limit])
      return (await query(sql.sweep, [limit])).length
    },

    transaction<R>(work: (client: ClientOf<Given>) => Promise<R>): Promise<R> {
      // The conditional type says of the pool what is known here of its client.
      const ownWork = work as (client: unknown) => Promise<R>
      if (isEmbedded(source)) return source.transaction(ownWork)
      return isTagged(source) ? transactTagged(source, ownWork) : transact(source, ownWork as (client: PoolClient) => Promise<R>)
    },

    async migrate() {
      await ownQueryable.query(migration(name))
    },
    check: () => findDangers(ownQueryable, name),
  }
}

/** serialization_failure, where that is the isolation of the pool: like no row, it means that another came between. */
function lostRace(error: unknown): [] {
  if ((error as { readonly code?: unknown }).code === '40001') return []
  throw error
}

interface ClaimRow {
  readonly status: Claim['status']
  readonly attempt: number
  readonly wait_ms: number
  readonly result: Uint8Array | null
}

function toClaim({ status, attempt, wait_ms, result }: ClaimRow): Claim {
  switch (status) {
    case 'claimed':
      return { status, attempt }
    case 'in_progress':
      return { status, retryAfterMs: wait_ms }
    case 'completed':
      return { status, result: toBytes(result) }
    default:
      return { status }
  }
}

function toBytes(result: Uint8Array | null): Uint8Array | undefined {
  if (!result) return undefined
  // Parsers of types can be replaced, for all of a process.
  if (!ArrayBuffer.isView(result)) throw new Error('Expected the driver to give bytea as bytes.')
  // pg gives a Buffer that may be a window into a larger one.
  return new Uint8Array(result)
}
