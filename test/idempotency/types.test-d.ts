import type { PGlite, Transaction } from '@electric-sql/pglite'
import {
  createIdempotency,
  type IdempotencyStore,
  memoryStore,
  type Outcome,
  type TransactionalStore,
} from 'countersign/idempotency'
import { type Completing, postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { expectTypeOf } from 'vitest'

declare const pglite: PGlite
const onPool = createIdempotency({ store: postgresStore(new pg.Pool()) })
const onPglite = createIdempotency({ store: postgresStore(pglite), leaseSeconds: 30 })
const inMemory = createIdempotency({ store: memoryStore() })

// The store's own client, without a cast.
onPool.run('a', ({ transaction }) => expectTypeOf(transaction).toEqualTypeOf<pg.PoolClient>(), { transaction: true })
onPglite.run('a', ({ transaction }) => expectTypeOf(transaction).toEqualTypeOf<Transaction>(), { transaction: true })

// The result is what the work gives, awaited.
expectTypeOf(onPool.run('a', async () => ({ paid: 7 }), { transaction: true })).resolves.toEqualTypeOf<
  Outcome<{ paid: number }>
>()
expectTypeOf(inMemory.run('a', () => 7)).resolves.toEqualTypeOf<Outcome<number>>()
expectTypeOf(inMemory.run('a', async () => 'text', { fingerprint: 'x' })).resolves.toEqualTypeOf<Outcome<string>>()
inMemory.run('a', ({ signal, attempt }) => {
  expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
  expectTypeOf(attempt).toEqualTypeOf<number>()
})

// Without a transaction there is `complete`, for a transaction of one's own; with one there is not.
onPool.run('a', ({ complete }) => {
  expectTypeOf(complete).parameter(0).toEqualTypeOf<pg.PoolClient | Completing>()
})
onPool.run('a', async (context) => {
  // @ts-expect-error: no transaction was asked for
  context.transaction
})
onPool.run(
  'a',
  (context) => {
    // @ts-expect-error: the transaction completes by itself
    context.complete
  },
  { transaction: true },
)

// A store without transactions.
// @ts-expect-error: it has none
inMemory.run('a', () => 1, { transaction: true })
// @ts-expect-error: nothing is a transaction of it
inMemory.run('a', ({ complete }) => complete({}))

declare const own: TransactionalStore<{ mine: true }>
createIdempotency({ store: own }).run('a', ({ transaction }) => expectTypeOf(transaction).toEqualTypeOf<{ mine: true }>(), {
  transaction: true,
})
declare const plain: IdempotencyStore
// @ts-expect-error: it may have none
createIdempotency({ store: plain }).run('a', () => 1, { transaction: true })
