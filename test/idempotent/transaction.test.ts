import { PGlite, type Transaction } from '@electric-sql/pglite'
import { postgresStore } from 'countersign/stores/postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionalIdempotentContext } from '../../src/idempotent/options'
import { type Api, adapters, type Options, send, serve } from '../adapters/idempotent-mounts'

const database = new PGlite()
const store = postgresStore(database)
const open: Api[] = []

beforeAll(async () => {
  await store.migrate()
  await database.query('create table payments (key text)')
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()))
  await database.query('delete from payments')
})
afterAll(() => database.close())

type Context = TransactionalIdempotentContext<Transaction, never>

describe.each(Object.keys(adapters))('%s', (adapter) => {
  const fresh = (name: string) => `${name}-${adapter.replace(/\W/g, '')}`
  const payments = async () => (await database.query('select key from payments')).rows.length
  const pay = async (request: Request, transaction: { query(text: string, values?: unknown[]): unknown }) =>
    transaction.query('insert into payments values ($1)', [request.headers.get('idempotency-key')])

  async function api(options: Options, handler: (request: Request, context: Context) => unknown) {
    const made = await serve(adapter, { store, ...options }, handler as never)
    open.push(made)
    return made
  }

  it('commits what the handler writes together with the answer', async () => {
    const { url, seen } = await api({ transaction: true }, async (request, { transaction, reply }) => {
      await pay(request, transaction)
      return reply({ status: 201, body: { paid: true } })
    })
    const key = fresh('once')
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => send(url, { key })))).map(({ status }) => status)
    expect(new Set([...statuses, 201, 409])).toEqual(new Set([201, 409]))
    expect(await send(url, { key })).toMatchObject({
      status: 201,
      text: '{"paid":true}',
      headers: { 'idempotent-replayed': 'true' },
    })
    expect(await payments()).toBe(1)
    expect(seen.filter(({ outcome }) => outcome === 'executed')).toHaveLength(1)
  })

  it.each<[string, (context: Context) => unknown, number]>([
    ['throws', () => Promise.reject(new Error('no')), 500],
    ['answers 5xx', ({ reply }) => reply({ status: 502 }), 502],
    ['returns nothing', () => undefined, 500],
  ])('rolls back with a handler that %s, with a key and without', async (name, fail, status) => {
    let isHealthy = false
    const { url, seen } = await api({ transaction: true, required: false }, async (request, context) => {
      await pay(request, context.transaction)
      return isHealthy ? context.reply({ status: 201 }) : fail(context)
    })
    const key = fresh(name.replace(' ', '-'))
    expect([(await send(url, { key })).status, (await send(url)).status]).toEqual([status, status])
    expect(seen).toMatchObject([
      { outcome: 'failed', code: 'handler_failed' },
      { outcome: 'failed', code: 'handler_failed' },
    ])
    expect(await payments()).toBe(0)
    isHealthy = true
    expect([(await send(url, { key })).status, (await send(url)).status, (await send(url, { key })).status]).toEqual([
      201, 201, 201,
    ])
    expect(await payments()).toBe(2)
  })

  it('keeps an answer of 4xx, and what was written with it', async () => {
    const { url } = await api({ transaction: true }, async (request, { transaction, reply }) => {
      await pay(request, transaction)
      return reply({ status: 402 })
    })
    const key = fresh('refused')
    expect([(await send(url, { key })).status, (await send(url, { key })).status, await payments()]).toEqual([402, 402, 1])
  })

  it('completes in a transaction of the handler’s own, and does nothing again', async () => {
    const own = async (
      request: Request,
      { complete, reply }: { complete(tx: unknown): Promise<void>; reply: Context['reply'] },
    ) => {
      await database.transaction(async (tx) => {
        await pay(request, tx)
        await complete(tx)
      })
      return reply({ status: 201 })
    }
    const { url } = await api({ required: false }, own as never)
    const key = fresh('own')
    expect((await send(url, { key })).status).toBe(201)
    const again = await send(url, { key })
    expect([again.status, JSON.parse(again.text).type, again.headers['idempotent-replayed']]).toEqual([
      409,
      expect.stringMatching(/#not_kept$/),
      'true',
    ])
    expect(await payments()).toBe(1)
    expect([(await send(url)).status, await payments()]).toEqual([201, 2])
  })
})

it('answers 503 without a key, too, where no transaction can begin', async () => {
  const broken = { ...store, transaction: () => Promise.reject(new Error('no connection')) }
  const api = await serve('node', { store: broken, transaction: true, required: false }, () => new Response())
  open.push(api)
  expect(await send(api.url)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  expect(api.seen).toMatchObject([{ outcome: 'failed', code: 'store_unavailable', status: 503 }])
})
