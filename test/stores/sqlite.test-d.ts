import BetterSqlite3 from 'better-sqlite3'
import { createIdempotency, type IdempotencyStore, type TransactionalStore } from 'countersign/idempotency'
import { sqliteStore } from 'countersign/stores/sqlite'
import { expectTypeOf } from 'vitest'

// As the newest types of Node have it; those of the oldest Node know nothing of `node:sqlite`.
type InputValue = null | number | bigint | string | NodeJS.ArrayBufferView
interface StatementSync {
  all(...anonymousParameters: InputValue[]): Record<string, unknown>[]
  all(namedParameters: Record<string, InputValue>, ...anonymousParameters: InputValue[]): Record<string, unknown>[]
}
interface DatabaseSync {
  close(): void
  exec(sql: string): void
  readonly isTransaction: boolean
  prepare(sql: string, options?: { readonly readBigInts?: boolean }): StatementSync
  prepare(sql: string): StatementSync
}

// As the types of Bun have it.
type Binding = string | bigint | NodeJS.TypedArray | number | boolean | null | Record<string, string | bigint | number | null>
interface BunStatement<Row, Parameters extends Binding[]> {
  all(...params: Parameters): Row[]
}
interface BunDatabase {
  readonly inTransaction: boolean
  prepare<Row, Parameters extends Binding | Binding[]>(
    sql: string,
    params?: Parameters,
  ): BunStatement<Row, Parameters extends Binding[] ? Parameters : [Parameters]>
  exec<Parameters extends Binding[]>(sql: string, ...bindings: Parameters[]): { readonly changes: number }
  close(throwOnError?: boolean): void
}

declare const node: DatabaseSync
declare const bun: BunDatabase
const better = new BetterSqlite3('')

const opening = sqliteStore(() => new BetterSqlite3('events.sqlite'), { table: 'keys' })
const given = sqliteStore(better)

// Assignable without a cast, both as what it is and as any store.
const transactional: TransactionalStore<BetterSqlite3.Database> = opening
const stores: IdempotencyStore[] = [opening, given, transactional, sqliteStore(node), sqliteStore(bun)]

declare function connectionOf<Tx>(store: TransactionalStore<Tx>): Tx
expectTypeOf(connectionOf(opening)).toEqualTypeOf<BetterSqlite3.Database>()
expectTypeOf(connectionOf(sqliteStore(() => node))).toEqualTypeOf<DatabaseSync>()
expectTypeOf(connectionOf(sqliteStore(() => bun))).toEqualTypeOf<BunDatabase>()
expectTypeOf(opening.transaction(async (tx) => tx.pragma('user_version'))).resolves.toBeUnknown()

// What work is given is what the user opened, and what it completes in is of the same type.
createIdempotency({ store: opening }).run('a', ({ transaction }) => transaction.transaction(() => 1)(), { transaction: true })
createIdempotency({ store: given }).run('a', async ({ complete }) => complete(better))
expectTypeOf<Parameters<typeof given.complete>[4]>().toEqualTypeOf<BetterSqlite3.Database | undefined>()
// @ts-expect-error: it sends no statement
given.complete('a', 'token', undefined, 1, {})

// One connection, which everybody shares, is no transaction of anybody.
// @ts-expect-error
createIdempotency({ store: given }).run('a', () => 1, { transaction: true })
// @ts-expect-error
const shared: TransactionalStore<BetterSqlite3.Database> = given

// @ts-expect-error: a connection or a function that opens one, never a path
sqliteStore('events.sqlite')
// @ts-expect-error
sqliteStore(() => 'events.sqlite')
// @ts-expect-error
sqliteStore(async () => better)

void stores
void shared
