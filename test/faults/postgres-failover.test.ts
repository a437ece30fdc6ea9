import { createIdempotency } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startOwnPostgres } from '../servers/own-postgres'
import { startProxy } from '../servers/proxy'
import { holding } from './restart-laws'

const server = await startOwnPostgres()
afterAll(() => server?.stop())

const [early, late] = [1, 2].map((batch) => Array.from({ length: 20 }, (_, index) => batch * 100 + index)) as [number[], number[]]

function openStore(url: string, options = '') {
  const pool = new pg.Pool({ connectionString: url, max: 6, options })
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end().catch(() => undefined))
  const store = postgresStore(pool)
  // Whoever waits for a connection waits so long, since those in use may never be given back.
  const { run } = createIdempotency({ store, handlerSeconds: 3 })
  const pay = (event: number) =>
    run(`${event}`, async ({ transaction }) => void (await transaction.query('insert into ledger values ($1)', [event])), {
      transaction: true,
    })
  const ledger = async () =>
    (await pool.query<{ event: number }>('select event from ledger order by event')).rows.map(({ event }) => event)
  return { pool, store, pay, ledger }
}

/** A server that another one follows, as far as the network lets it; `standbys` are those that its commits wait for. */
async function openPair({ standbys = '', commit = 'on' } = {}) {
  if (!server) return expect.fail()
  const primary = openStore(server.url, `-c synchronous_commit=${commit}`)
  await primary.pool.query(`alter system set synchronous_standby_names = '${standbys}'`)
  const proxy = await startProxy(Number(new URL(server.url).port))
  onTestFinished(() => proxy.stop())
  const follower = await server.follow(proxy.port)
  onTestFinished(() => follower.stop())
  onTestFinished(() => server.restart())
  await primary.pool.query('drop table if exists ledger, countersign_keys')
  await primary.pool.query('create table ledger (event int)')
  await primary.store.migrate()
  const standby = openStore(follower.url)
  const hasAll = async () => {
    const { rows } = await primary.pool.query(
      'select count(*)::int as many from pg_stat_replication where replay_lsn = pg_current_wal_insert_lsn()',
    )
    expect(rows).toEqual([{ many: 1 }])
  }
  return {
    primary,
    standby,
    proxy,
    caughtUp: () => vi.waitFor(hasAll, 10_000),
    /** The primary is gone for good, and the other takes its place. */
    async failOver() {
      await server.kill()
      expect((await standby.pool.query('select pg_promote() as is')).rows).toEqual([{ is: true }])
    },
  }
}

const everyone = <T>(events: readonly number[], pay: (event: number) => Promise<T>) => Promise.all(events.map(pay))

describe.skipIf(!server)('failover to a standby that lags', { timeout: 60_000 }, () => {
  test.each([
    ['follows as it can', {}, []],
    ['is waited for, but not by commits that are off', { standbys: '*', commit: 'off' }, ['synchronous_commit_off']],
    ['is waited for, but not by commits that are local', { standbys: '*', commit: 'local' }, []],
  ])('and %s forgets what it had not received, and the handler’s writes with it', async (_, settings, dangers) => {
    const { primary, standby, proxy, caughtUp, failOver } = await openPair(settings)
    expect((await primary.store.check()).map(({ code }) => code)).toEqual(dangers)
    await everyone(early, primary.pay)
    await caughtUp()
    await expect(standby.store.claim('new', holding('mine'))).rejects.toThrow('read-only')
    expect((await standby.store.check()).map(({ code }) => code)).toEqual(['replica'])
    proxy.stall()
    await everyone(late, primary.pay)
    await failOver()
    expect(await standby.ledger()).toEqual(early)
    // The sender tells of all of them again.
    const ends = await everyone([...early, ...late], standby.pay)
    expect(ends.map(({ status }) => status)).toEqual([...early.map(() => 'replayed'), ...late.map(() => 'executed')])
    expect(await standby.ledger()).toEqual([...early, ...late])
  })

  test('and is waited for by every commit forgets nothing that was acknowledged', async () => {
    const { primary, standby, proxy, failOver } = await openPair({ standbys: '*' })
    const acknowledged: number[] = []
    const refused: unknown[] = []
    await everyone([...early, ...late], async (event) => {
      const ending = primary.pay(event).then(() => acknowledged.push(event))
      await ending.catch(({ code }) => refused.push(code))
      if (acknowledged.length === early.length) proxy.stall()
    })
    expect(acknowledged.length).toBeGreaterThanOrEqual(early.length)
    expect(new Set(refused)).toEqual(new Set(['store_unavailable']))
    await failOver()
    const ends = await everyone(acknowledged, standby.pay)
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['replayed']))
    const ledger = await standby.ledger()
    expect(ledger).toEqual(expect.arrayContaining(acknowledged))
    expect(new Set(ledger).size).toBe(ledger.length)
  })
})
