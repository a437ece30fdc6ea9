import type { IdempotencyStore, TransactionalStore } from 'countersign/idempotency'
import { type MysqlStore, mysqlStore, type Queryable } from 'countersign/stores/mysql'
import callbacks from 'mysql2'
import mysql from 'mysql2/promise'
import { expectTypeOf } from 'vitest'

const onPool = mysqlStore(mysql.createPool('mysql://localhost'))
const onPromises = mysqlStore(callbacks.createPool('mysql://localhost').promise(), { table: 'events.keys' })

// Assignable without a cast, both as what it is and as any store.
const pooled: TransactionalStore<mysql.PoolConnection> = onPool
const stores: IdempotencyStore[] = [onPool, onPromises, pooled]

declare function connectionOf<Tx>(store: TransactionalStore<Tx>): Tx
expectTypeOf(onPool).toEqualTypeOf<MysqlStore<mysql.PoolConnection>>()
expectTypeOf(connectionOf(onPool)).toEqualTypeOf<mysql.PoolConnection>()
expectTypeOf(connectionOf(onPromises)).toEqualTypeOf<mysql.PoolConnection>()
const selected = onPool.transaction((connection) => connection.query<mysql.RowDataPacket[]>('SELECT 1'))
expectTypeOf(selected).resolves.toEqualTypeOf<[mysql.RowDataPacket[], mysql.FieldPacket[]]>()

expectTypeOf<Parameters<typeof onPool.complete>[4]>().toEqualTypeOf<mysql.PoolConnection | Queryable | undefined>()
// Another connection, or a transaction of another library, in one line.
declare const own: mysql.Connection
onPool.complete('a', 'token', undefined, 1, own)
onPool.complete('a', 'token', undefined, 1, { query: async (sql) => [{ affectedRows: sql.length }] })
// @ts-expect-error: it sends no statement
onPool.complete('a', 'token', undefined, 1, {})

// A pool of callbacks answers nothing that can be waited for.
// @ts-expect-error
mysqlStore(callbacks.createPool('mysql://localhost'))
// A connection is no pool: it has one, which everybody would share.
// @ts-expect-error
mysqlStore(await mysql.createConnection('mysql://localhost'))
// @ts-expect-error
mysqlStore('mysql://localhost')

// A pool of one's own gives its own connection.
interface OwnConnection extends mysql.PoolConnection {
  readonly mine: true
}
declare const ownPool: { query: mysql.Pool['query']; getConnection(): Promise<OwnConnection> }
expectTypeOf(connectionOf(mysqlStore(ownPool))).toEqualTypeOf<OwnConnection>()

void stores
