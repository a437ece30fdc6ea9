import { createServer } from 'node:http'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Handler, WebhookOptions } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetch } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { webhook as node } from 'countersign/node'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import createExpress, { type RequestHandler } from 'express'
import createFastify from 'fastify'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

const options = { scheme: standardWebhooks, secret: 'whsec_x' }
const pool = new pg.Pool()
const pglite = {} as PGlite

// Each adapter is what its framework mounts.
createExpress().all(
  '/hooks',
  express(options, () => undefined),
)
expectTypeOf(express(options, () => undefined)).toExtend<RequestHandler>()
createFastify().register(fastify({ url: '/hooks', ...options }, () => undefined))
createServer(node(options, () => undefined))
expectTypeOf(fetch(options, () => undefined)).toExtend<
  (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>
>()
expectTypeOf(fetch(options, () => undefined).work)
  .parameter(0)
  .toHaveProperty('key')

// @ts-expect-error a route needs its path
fastify(options, () => undefined)

// The transaction is the client of the very pool, without a cast.
node({ ...options, store: postgresStore(pool), transaction: true }, async (_event, context) => {
  expectTypeOf(context.transaction).toEqualTypeOf<pg.PoolClient>()
  await context.transaction.query('select 1')
  // @ts-expect-error completed by the receiver
  context.complete
})
express({ ...options, store: postgresStore(pglite), transaction: true }, (_event, context) => {
  expectTypeOf(context.transaction).toEqualTypeOf<Transaction>()
})

// Without `transaction` the user may complete in a transaction of their own, and there is none given.
fetch({ ...options, store: postgresStore(pool) }, async (_event, context) => {
  expectTypeOf(context.complete).toBeCallableWith(await pool.connect())
  // @ts-expect-error no transaction of this database
  await context.complete('tx')
  // @ts-expect-error there is no transaction
  context.transaction
})

// @ts-expect-error memory has no transactions
node({ ...options, store: memoryStore(), transaction: true }, () => undefined)
// @ts-expect-error transactions need a store
node({ ...options, transaction: true }, () => undefined)

// A schema types the payload, and a union narrows.
const schema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('paid'), amount: z.number() }),
  z.object({ type: z.literal('refunded'), reason: z.string() }),
])
node({ ...options, schema, key: (event) => event.payload.type }, (event, context) => {
  if (event.payload.type === 'paid') expectTypeOf(event.payload.amount).toEqualTypeOf<number>()
  else expectTypeOf(event.payload.reason).toEqualTypeOf<string>()
  expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
  return context.reply({ status: 202 })
})
fastify({ url: '/', ...options, schema, store: postgresStore(pool), transaction: true }, (event, context) => {
  expectTypeOf(event.payload.type).toEqualTypeOf<'paid' | 'refunded'>()
  expectTypeOf(context.transaction).toEqualTypeOf<pg.PoolClient>()
})
node(options, (event) => {
  expectTypeOf(event.payload).toEqualTypeOf<unknown>()
  expectTypeOf(event.body).toEqualTypeOf<Uint8Array>()
})

// Options and handlers may be declared before.
interface Paid {
  readonly amount: number
}
const declared: WebhookOptions<Paid> = { ...options, observe: ({ outcome }) => outcome }
const handler: Handler<Paid> = (event) => event.payload.amount
node(declared, handler)
express(declared, (event) => expectTypeOf(event.payload).toEqualTypeOf<Paid>())
node({ ...options, observe: (observation) => observation.outcome === 'rejected' && observation.hint.length }, () => undefined)
node(
  {
    ...options,
    secret: async ({ params, url, headers }) => ({ account: params.account ?? url.pathname, secret: headers.get('x') ?? '' }),
  },
  () => undefined,
)
