import { PGlite, type Transaction } from '@electric-sql/pglite'
import type { IdempotencyStore, TransactionalStore } from 'countersign/idempotency'
import { type Completing, postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { expectTypeOf } from 'vitest'

const onPool = postgresStore(new pg.Pool())
const onPglite = postgresStore(new PGlite(), { table: 'events.keys' })

// Assignable without a cast, both as what it is and as any store.
const pooled: TransactionalStore<pg.PoolClient> = onPool
const embedded: TransactionalStore<Transaction> = onPglite
const stores: IdempotencyStore[] = [onPool, onPglite, pooled, embedded]

declare function clientOf<Tx>(store: TransactionalStore<Tx>): Tx
expectTypeOf(clientOf(onPool)).toEqualTypeOf<pg.PoolClient>()
expectTypeOf(clientOf(onPglite)).toEqualTypeOf<Transaction>()
expectTypeOf(onPool.transaction(async (client) => client.query('SELECT 1'))).resolves.toEqualTypeOf<pg.QueryResult>()

expectTypeOf<Parameters<typeof onPool.complete>[4]>().toEqualTypeOf<pg.PoolClient | Completing | undefined>()
// @ts-expect-error: it sends no statement
onPool.complete('a', 'token', undefined, 1, {})

// postgres.js has its own.
const onTagged = postgresStore(postgres())
expectTypeOf(clientOf(onTagged)).toEqualTypeOf<postgres.TransactionSql>()
expectTypeOf(onTagged.transaction(async (sql) => (await sql<{ a: number }[]>`SELECT 1 AS a`)[0]?.a)).resolves.toEqualTypeOf<
  number | undefined
>()

// A client is no pool: it has one connection, which everybody would share.
// @ts-expect-error
postgresStore(new pg.Client())
// @ts-expect-error
postgresStore('postgres://localhost')

// A pool of one's own gives its own client.
interface OwnClient extends pg.PoolClient {
  readonly mine: true
}
declare const ownPool: { query: pg.Pool['query']; connect(): Promise<OwnClient> }
expectTypeOf(clientOf(postgresStore(ownPool))).toEqualTypeOf<OwnClient>()

void stores
