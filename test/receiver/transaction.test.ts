import { PGlite } from '@electric-sql/pglite'
import type { WebhookEvent } from 'countersign'
import { postgresStore } from 'countersign/stores/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { receiver } from './harness'

type Sql = { query(text: string, values?: unknown[]): Promise<{ rows: { id: string }[] }> }

describe('a receiver on a store with transactions', () => {
  const database = new PGlite()
  const store = postgresStore(database)
  beforeAll(async () => {
    await store.migrate()
    await database.query('create table orders (id text primary key)')
  }, 60_000)
  afterAll(() => database.close())

  const orders = async () => (await database.query<{ id: string }>('select id from orders order by id')).rows.map(({ id }) => id)
  const insert = (sql: Sql, event: WebhookEvent) => sql.query('insert into orders values ($1)', [event.id])

  it('commits what the handler writes together with the completion', async () => {
    const { send, outcomes } = receiver(
      { store, transaction: true },
      async (event: WebhookEvent, { transaction, reply }: { transaction: Sql; reply(value: object): unknown }) => {
        await insert(transaction, event)
        return reply({ status: 201, body: 'made' })
      },
    )
    const id = crypto.randomUUID()
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => send({}, { id })))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0)
    expect(statuses.every((status) => status === 201 || status === 503)).toBe(true)
    expect((await orders()).filter((order) => order === id)).toHaveLength(1)
    expect(outcomes().filter((outcome) => outcome === 'executed')).toHaveLength(1)
    const again = await send({}, { id })
    expect([again.status, again.headers.get('idempotent-replayed'), await again.text()]).toEqual([201, 'true', 'made'])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['replies with another status', ({ reply }: { reply(value: object): unknown }) => reply({ status: 422 })],
  ])('rolls back when the handler %s', async (_, end) => {
    let healthy = false
    const { send } = receiver(
      { store, transaction: true },
      async (event: WebhookEvent, context: { transaction: Sql; reply(value: object): unknown }) => {
        await insert(context.transaction, event)
        return healthy ? undefined : end(context)
      },
    )
    const id = crypto.randomUUID()
    expect((await send({}, { id })).status).not.toBe(200)
    expect(await orders()).not.toContain(id)
    healthy = true
    expect((await send({}, { id })).status).toBe(200)
    expect(await orders()).toContain(id)
  })

  it('completes in a transaction of the handler’s own', async () => {
    const { send } = receiver({ store }, (event: WebhookEvent, { complete }: { complete(tx: unknown): Promise<void> }) =>
      database.transaction(async (own) => {
        await insert(own as never, event)
        await complete(own)
      }),
    )
    const id = crypto.randomUUID()
    expect((await send({}, { id })).status).toBe(200)
    const again = await send({}, { id })
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
    expect((await orders()).filter((order) => order === id)).toHaveLength(1)
  })
})
