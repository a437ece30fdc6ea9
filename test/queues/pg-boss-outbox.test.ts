import { ConfigurationError } from 'countersign'
import { type OutboxBoss, pgBossOutbox } from 'countersign/queues/pg-boss'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startPostgres } from '../servers/postgres'
import { deliver, eventually, openShop, outboxLaws } from './outbox-laws'

const server = await startPostgres()
const boss = server && new PgBoss({ connectionString: server.url, maintenanceIntervalSeconds: 1 })
boss?.on('error', () => undefined)
await boss?.start()
const pool = new pg.Pool({ connectionString: server?.url ?? '', max: 4 })
pool.on('error', () => undefined)
afterAll(async () => {
  await boss?.stop({ graceful: false })
  await pool.end()
  await server?.stop()
})

let made = 0
async function openOutbox(more: object = {}) {
  const name = `outbox-${++made}`
  const outbox = pgBossOutbox(boss ?? (undefined as never), name, more)
  await outbox.migrate()
  return { outbox, name }
}

describe.skipIf(!boss)('pgBossOutbox', () => {
  if (!boss) return

  outboxLaws(async () => (await openOutbox()).outbox, { tells: ['accepted', 'duplicate'] })

  test('puts inside a transaction: it is there if and only if that commits', async () => {
    const { outbox } = await openOutbox()
    const client = await pool.connect()
    await client.query('BEGIN')
    expect(await outbox.put({ id: 'msg_1', body: 'no' }, { transaction: client })).toBe('accepted')
    expect(await outbox.put({ id: 'msg_1', body: 'no' }, { transaction: client })).toBe('duplicate')
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    await outbox.put({ id: 'msg_2', body: 'yes' }, { transaction: client })
    await client.query('COMMIT')
    client.release()
    const shop = await openShop()
    const { attempts } = deliver(outbox, { shop })
    await eventually(() => expect(attempts).toHaveLength(1))
    expect(await outbox.put({ id: 'msg_1', body: 'yes' })).toBe('accepted')
    await eventually(() => expect(attempts).toHaveLength(2))
    expect(shop.endpoint.requests.map(({ body }) => String(body))).toEqual(['yes', 'yes'])
  })

  test('leaves what a process held that died to another, when the lease has ended', { timeout: 30_000 }, async () => {
    const { outbox, name } = await openOutbox({ leaseSeconds: 1 })
    await outbox.put({ id: 'msg_1', body: 'e' })
    expect(await boss.fetch(name)).toHaveLength(1)
    const shop = await openShop()
    const { attempts } = deliver(outbox, { shop })
    await vi.waitFor(
      async () => {
        await boss.maintain()
        expect(attempts).toHaveLength(1)
      },
      { timeout: 20_000, interval: 200 },
    )
  })

  test('keeps no secret and no URL in a job', async () => {
    const { outbox, name } = await openOutbox()
    const shop = await openShop((response) => response.writeHead(410).end())
    await outbox.put({ id: 'msg_1', body: 'e' })
    deliver(outbox, { shop })
    await eventually(async () => expect(await outbox.dead()).toHaveLength(1))
    const { rows } = await pool.query('select * from pgboss.job where name in ($1, $2)', [name, `${name}-dead`])
    expect(rows.length).toBeGreaterThanOrEqual(3)
    expect(JSON.stringify(rows)).not.toContain(shop.secret)
    expect(JSON.stringify(rows)).not.toContain(shop.endpoint.url)
  })

  test('says so where there is no such queue', async () => {
    await expect(pgBossOutbox(boss, 'nowhere').put({ id: 'msg_1', body: 'e' })).rejects.toThrow('migrate()')
  })

  test('is migrated twice', async () => {
    const { outbox } = await openOutbox()
    await outbox.migrate()
  })
})

describe('pgBossOutbox refuses', () => {
  const some = Object.fromEntries(
    ['send', 'fetch', 'complete', 'getJobById', 'deleteJob', 'createQueue', 'getDb'].map((name) => [name, async () => null]),
  ) as unknown as OutboxBoss

  test.each([
    ['`boss`', () => pgBossOutbox(undefined as never, 'outbox')],
    ['`boss`', () => pgBossOutbox({ ...some, fetch: 7 } as never, 'outbox')],
    ['`name`', () => pgBossOutbox(some, '')],
    ['`schema`', () => pgBossOutbox(some, 'outbox', { schema: 'a.b' })],
    ['`leaseSeconds`', () => pgBossOutbox(some, 'outbox', { leaseSeconds: 0 })],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })
})
