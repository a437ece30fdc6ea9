import type { Handler, TypedEvent, WebhookEvent } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetch } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { webhook as node } from 'countersign/node'
import { github, standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { arktypeSchemas, valibotSchemas, zodSchemas } from './libraries'

const options = { scheme: github, secret: 'It is a secret to everybody' }
const pool = new pg.Pool()

// The payload is what any Standard Schema makes of it.
fetch({ ...options, schema: zodSchemas.push }, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<{ commits: string[] }>())
fetch({ ...options, schema: valibotSchemas.push }, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<{ commits: string[] }>())
fetch({ ...options, schema: arktypeSchemas.push }, ({ payload }) => expectTypeOf(payload).toEqualTypeOf<{ commits: string[] }>())

// The event's type narrows the payload, wherever the scheme has the type: in a header or in the body.
const narrowed = fetch({ ...options, schemas: zodSchemas }, (event, context) => {
  expectTypeOf(event.type).toEqualTypeOf<'push' | 'issues'>()
  if (event.type === 'push') expectTypeOf(event.payload).toEqualTypeOf<{ commits: string[] }>()
  else expectTypeOf(event.payload.action).toEqualTypeOf<'opened' | 'closed'>()
  switch (event.type) {
    case 'push':
      return context.reply({ body: event.payload.commits.length })
    case 'issues':
      return event.payload.action
    default:
      expectTypeOf(event).toEqualTypeOf<never>()
      return undefined
  }
})
expectTypeOf(narrowed).toBeCallableWith(new Request('https://shop.example'))
express({ ...options, scheme: standardWebhooks, schemas: valibotSchemas }, (event) => {
  if (event.type === 'push') expectTypeOf(event.payload.commits).toEqualTypeOf<string[]>()
  // @ts-expect-error not every event has commits
  event.payload.commits
  // @ts-expect-error no such type
  return event.type === 'pull'
})
fastify({ url: '/', ...options, schemas: arktypeSchemas, key: (event) => event.payload.toString() }, (event) => {
  if (event.type === 'issues') expectTypeOf(event.payload.action).toEqualTypeOf<'opened' | 'closed'>()
})

// Also in a transaction, and with a key that is made of the payload.
node(
  {
    ...options,
    schemas: zodSchemas,
    store: postgresStore(pool),
    transaction: true,
    key: (event) => (event.type === 'push' ? event.payload.commits.join() : event.payload.action),
  },
  (event, { transaction }) => {
    expectTypeOf(transaction).toEqualTypeOf<pg.PoolClient>()
    if (event.type === 'push') expectTypeOf(event.payload.commits).toEqualTypeOf<string[]>()
  },
)
node({ ...options, schemas: zodSchemas, store: postgresStore(pool) }, (_event, { complete }) => {
  expectTypeOf(complete).parameter(0).toExtend<pg.PoolClient | object>()
})
// @ts-expect-error memory has no transactions
node({ ...options, schemas: zodSchemas, store: memoryStore(), transaction: true }, () => undefined)
// @ts-expect-error no schema
node({ ...options, schemas: { push: 'text' } }, () => undefined)
// @ts-expect-error the schemas say the types
node({ ...options, schemas: zodSchemas, types: ['push'] }, () => undefined)
// @ts-expect-error one or the other
node({ ...options, schemas: zodSchemas, schema: zodSchemas.push }, () => undefined)

// Types of a vendor's own, unchecked.
interface Payloads {
  push: { commits: string[] }
  issues: { action: 'opened' | 'closed' }
}
node({ ...options, schemas: { push: z.custom<Payloads['push']>(), issues: z.custom<Payloads['issues']>() } }, (event) => {
  if (event.type === 'push') expectTypeOf(event.payload).toEqualTypeOf<Payloads['push']>()
})
const handler = (event: TypedEvent<Payloads>) => (event.type === 'push' ? event.payload.commits.length : event.payload.action)
node({ ...options, schemas: zodSchemas }, handler)

// By a type argument, or by the type of the handler's event, which leaves the transaction to be found out.
node<Payloads['push']>(options, (event, { attempt }) => {
  expectTypeOf(event.payload.commits).toEqualTypeOf<string[]>()
  expectTypeOf(attempt).toEqualTypeOf<number>()
})
node<Payloads['push']>({ ...options, store: memoryStore() }, ({ payload }) => payload.commits)
const typed: Handler<Payloads['push']> = ({ payload }) => payload.commits
fetch(options, typed)
express(
  { ...options, store: postgresStore(pool), transaction: true },
  (event: WebhookEvent<Payloads['push']>, { transaction }) => {
    expectTypeOf(event.payload.commits).toEqualTypeOf<string[]>()
    expectTypeOf(transaction).toEqualTypeOf<pg.PoolClient>()
  },
)
type Invoice = { type: 'invoice.paid'; data: { amount: number } } | { type: 'invoice.void'; data: { reason: string } }
node<Invoice>(options, ({ payload }) => {
  if (payload.type === 'invoice.paid') expectTypeOf(payload.data.amount).toEqualTypeOf<number>()
  else expectTypeOf(payload.data.reason).toEqualTypeOf<string>()
})
