import { expectFunction, expectNumber, expectOption } from '../core/options'
import { assertKey, type Finding, type IdempotencyStore, type TransactionalStore } from '../idempotency/store'
import { fileOf, findDangers } from './sqlite/check'
import { claimOn } from './sqlite/claim'
import { type Database, isInTransaction, query, type Statement, toText, type Value } from './sqlite/client'
import { type Connections, givenConnection, isDatabase, ownConnections } from './sqlite/connections'
import { occupied } from './sqlite/errors'
import { createLock, type Lock } from './sqlite/lock'
import { statements } from './sqlite/statements'
import { assertTable, migrate } from './sqlite/table'
import { transact } from './sqlite/transaction'

export type { Database, Statement, Value }

/** What `sqliteStore` may be given. */
export interface SqliteStoreOptions {
  /** The table. Default `countersign_keys`. */
  readonly table?: string
  /** Its clock. Default: the machine's, which all who share a database file share. */
  readonly now?: () => Date
  /** How long a transaction may hold the database, in which nobody else can write meanwhile, before it is rolled back. Default 60. */
  readonly transactionSeconds?: number
}

/** A store in one table of SQLite. */
export interface SqliteStore<Connection extends Database = Database> extends IdempotencyStore<Connection> {
  /** As in every store; `tx` is a connection on which a transaction is open, best by BEGIN IMMEDIATE. */
  complete(
    key: string,
    token: string,
    result: Uint8Array | undefined,
    retentionMs: number,
    tx?: Connection,
    resultMs?: number,
  ): Promise<boolean>
  sweep(limit: number): Promise<number>
  /** Makes the table where it is missing; safe to repeat, also by several processes at once. */
  migrate(): Promise<void>
  /** Names the settings of a connection that void what the store promises; none where all is well. */
  check(): Promise<Finding[]>
}

/** A store that opens connections by itself: its transactions give one of their own to work. */
export interface TransactionalSqliteStore<Connection extends Database>
  extends SqliteStore<Connection>,
    Pick<TransactionalStore<Connection>, 'transaction'> {
  /** Closes the connection that is kept open for claims; what is asked later opens another. */
  close(): void
}

/** Timers hold 31 bits of milliseconds. */
const longestTimerSeconds = 2_147_483

/**
 * Keeps keys in a table of SQLite: pass a function that opens the database with better-sqlite3, `node:sqlite` or `bun:sqlite`.
 * Run `migrate()` once before, and open it with WAL and synchronous FULL, as `check()` would have it.
 *
 * Each transaction gets a connection of its own, begun by BEGIN IMMEDIATE, and closed afterwards. SQLite lets one write at a time:
 * a handler in a transaction keeps every other writer waiting, in every process, so let it do nothing slow. The store waits for
 * the lock without blocking the thread, for five seconds; your own statements block it for as long as their `busy_timeout` says.
 */
export function sqliteStore<Connection extends Database>(
  open: () => Connection,
  options?: SqliteStoreOptions,
): TransactionalSqliteStore<Connection>
/** Keeps keys through one connection, which nobody closes; what the store does waits while a transaction of yours is open on it. */
export function sqliteStore<Connection extends Database>(
  database: Connection,
  options?: SqliteStoreOptions,
): SqliteStore<Connection>
export function sqliteStore<Connection extends Database>(
  source: Connection | (() => Connection),
  { table = 'countersign_keys', now = () => new Date(), transactionSeconds = 60 }: SqliteStoreOptions = {},
): SqliteStore<Connection> {
  assertTable(table)
  expectFunction('now', now)
  expectNumber('transactionSeconds', transactionSeconds, 0.01, longestTimerSeconds)
  const lock = createLock()
  const time = () => now().getTime()
  if (typeof source === 'function') {
    const connections = ownConnections(source)
    const store: TransactionalSqliteStore<Connection> = {
      ...storeOn(connections, lock, table, time),
      traits: { durable: true, shared: true, clock: 'caller' },
      transaction: (work) => transact(lock, connections.open, work, transactionSeconds),
      close: connections.close,
    }
    return store
  }
  expectOption(isDatabase(source), 'open', 'a function that opens a database, or a database', source)
  const isKept = fileOf(source) !== ''
  return {
    ...storeOn(givenConnection(source), lock, table, time),
    traits: { durable: isKept, shared: isKept, clock: 'caller' },
  }
}

function storeOn<Connection extends Database>(
  { share, inspect }: Connections<Connection>,
  lock: Lock,
  table: string,
  time: () => number,
): Omit<SqliteStore<Connection>, 'traits'> {
  const sql = statements(table)

  /** Acts outside any transaction of others, once nobody is in the way. */
  const ask = <T>(act: (database: Connection) => T, through = share) =>
    lock.insist(() =>
      through((database) => {
        if (isInTransaction(database)) throw occupied()
        return act(database)
      }),
    )

  const changed = (database: Database, text: string, values: readonly Value[]) => query(database, text, values).length > 0

  return {
    async claim(key, options) {
      assertKey(key)
      return ask((database) => claimOn(database, sql, key, options, time))
    },

    async complete(key, token, result, retentionMs, tx, resultMs = retentionMs) {
      const complete = (database: Database) => {
        const now = time()
        const goneAt = now + Math.min(resultMs, retentionMs)
        const values = [result ? 1 : 0, result ?? null, goneAt, now + retentionMs, toText(key), toText(token), now]
        return changed(database, sql.complete, values)
      }
      if (tx === undefined) return ask(complete)
      if (!isInTransaction(tx))
        throw new Error('Expected a transaction to be open on `tx`: BEGIN IMMEDIATE before, COMMIT after.')
      return complete(tx)
    },

    // What is free at once is so for every clock: another process may have read its own before it waited for this one.
    release: (key, token, { retryAfterMs = 0 } = {}) =>
      ask((database) => {
        const freeAt = retryAfterMs > 0 ? time() + retryAfterMs : 0
        return changed(database, sql.release, [freeAt, toText(key), toText(token), time()])
      }),

    extend: (key, token, leaseMs) =>
      ask((database) => changed(database, sql.extend, [time() + leaseMs, time() + leaseMs, toText(key), toText(token), time()])),

    async sweep(limit) {
      expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
      return ask((database) => {
        query(database, sql.dropResults, [time(), limit])
        return query(database, sql.sweep, [time(), limit]).length
      })
    },

    migrate: () => ask((database) => migrate(database, table)),
    check: () => ask((database) => findDangers(database, table), inspect),
  }
}
