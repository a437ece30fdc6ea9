import { createServer } from 'node:http'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { idempotent as express } from 'countersign/express'
import { idempotent as fastify } from 'countersign/fastify'
import { idempotent as fetchStyle } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { idempotent as node } from 'countersign/node'
import { postgresStore } from 'countersign/stores/postgres'
import createExpress, { type Request as ExpressRequest, type RequestHandler } from 'express'
import createFastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import type { IdempotentHandler, IdempotentOptions, PlainIdempotentOptions } from '../../src/idempotent/options'

const pool = new pg.Pool()
const pglite = {} as PGlite
const scope = (request: Request) => request.headers.get('x-account') ?? ''
const options = { store: memoryStore(), scope }

// Each adapter is what its framework mounts.
createExpress().post(
  '/payments',
  express(options, () => new Response()),
)
expectTypeOf(express(options, (_, { reply }) => reply())).toExtend<RequestHandler>()
createFastify().post(
  '/payments',
  fastify(options, (_, { reply }) => reply()),
)
createServer(node(options, async (_, { reply }) => reply()))
expectTypeOf(fetchStyle(options, () => new Response())).toExtend<
  (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>
>()
fetchStyle(options, () => new Response())(new Request('https://shop.example/'))

// @ts-expect-error whose key it is must be said
node({ store: memoryStore() }, () => new Response())
// @ts-expect-error a key needs a store
node({ scope }, () => new Response())
// @ts-expect-error an answer is needed
node(options, () => undefined)
// @ts-expect-error no answer
node(options, () => ({ status: 200 }))

// The request is fetch's own, behind every adapter.
fastify(options, async (request, { reply, signal, attempt }) => {
  expectTypeOf(request).toEqualTypeOf<Request>()
  expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
  expectTypeOf(attempt).toEqualTypeOf<number>()
  return reply({ status: 201, body: await request.json() })
})

// The transaction is the client of the very pool, without a cast.
node({ store: postgresStore(pool), scope, transaction: true }, async (_request, context) => {
  expectTypeOf(context.transaction).toEqualTypeOf<pg.PoolClient>()
  await context.transaction.query('select 1')
  // @ts-expect-error completed with the answer
  context.complete
  return context.reply()
})
fetchStyle({ store: postgresStore(pglite), scope, transaction: true }, (_request, { transaction, reply }) => {
  expectTypeOf(transaction).toEqualTypeOf<Transaction>()
  return reply()
})
// Without `transaction` the user may complete in a transaction of their own, and there is none given.
express({ store: postgresStore(pool), scope }, async (_request, context) => {
  expectTypeOf(context.complete).toBeCallableWith(await pool.connect())
  // @ts-expect-error no transaction of this database
  await context.complete('tx')
  // @ts-expect-error there is no transaction
  context.transaction
  return context.reply()
})
// @ts-expect-error memory has no transactions
node({ store: memoryStore(), scope, transaction: true }, () => new Response())

// The framework's own request is what it is annotated to be.
createExpress().post(
  '/payments/:id',
  express(
    {
      store: postgresStore(pool),
      scope: (_request, { ip }: ExpressRequest) => ip ?? '',
      transaction: true,
    },
    (_request, { platform, transaction, reply }) => {
      expectTypeOf(platform).toEqualTypeOf<ExpressRequest>()
      expectTypeOf(transaction).toEqualTypeOf<pg.PoolClient>()
      return reply({ body: platform.params })
    },
  ),
)
createFastify().post(
  '/payments/:id',
  fastify({ ...options, scope: (_request, { id }: FastifyRequest) => id }, (_request, { platform, reply }) =>
    reply({ body: platform.routeOptions.url }),
  ),
)
const withContext = fetchStyle(
  { ...options, scope: (_request, { params }: { params: { account: string } }) => params.account },
  (_request, { platform, reply }) => reply({ body: platform.params.account }),
)
expectTypeOf(withContext).parameter(1).toEqualTypeOf<{ params: { account: string } } | undefined>()
node(options, (_request, { platform, reply }) => {
  expectTypeOf(platform.rawHeaders).toEqualTypeOf<readonly string[]>()
  return reply()
})
// @ts-expect-error nothing that Express gives
express({ ...options, scope: (_request, platform: { mine: string }) => platform.mine }, () => new Response())

// Options and handlers may be declared before.
const declared: PlainIdempotentOptions = { ...options, observe: ({ outcome }) => outcome }
const handler: IdempotentHandler = (_request, { reply }) => reply()
node(declared, handler)
fetchStyle(declared, handler)
expectTypeOf(declared).toExtend<IdempotentOptions>()
node({ ...options, observe: (seen) => seen.outcome === 'rejected' && seen.hint.length }, () => new Response())
node({ ...options, scope: async (request) => (await request.json()).account }, () => new Response())
