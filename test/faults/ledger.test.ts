import type { IdempotencyStore } from 'countersign/idempotency'
import { mysqlStore } from 'countersign/stores/mysql'
import { postgresStore } from 'countersign/stores/postgres'
import { redisStore } from 'countersign/stores/redis'
import { sqliteStore } from 'countersign/stores/sqlite'
import { Redis } from 'ioredis'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { newerNode } from '../runtimes/binaries'
import { startMariadb } from '../servers/mariadb'
import { startOwnPostgres } from '../servers/own-postgres'
import { startRedis } from '../servers/redis'
import { bundleFile, freshFile, openFile } from '../stores/sqlite-files'
import { keepLedger, runRace, type StoreName } from './ledger'
import { isLong, report } from './report'

const [postgres, mariadb, redis] = await Promise.all([
  startOwnPostgres(),
  startMariadb(),
  startRedis({ appendonly: 'yes', appendfsync: 'always' }),
])
afterAll(() => Promise.all([postgres?.stop(), mariadb?.stop(), redis?.stop()]))

let worker: string
beforeAll(async () => {
  worker = await bundleFile('test/faults/ledger-worker.ts')
})

/** A place for keys and effects, made anew. */
interface Stage {
  readonly url: string
  readonly keys: IdempotencyStore<never>
  counts(): Promise<ReadonlyMap<string, number>>
  close?(): Promise<unknown>
}

const countOf = (rows: readonly Record<string, unknown>[]) =>
  new Map(rows.map(({ event, times }) => [String(event), Number(times)]))
const tally = (ledger: string) => `SELECT event, count(*) AS times FROM ${ledger} GROUP BY event`

const stages: Readonly<Record<StoreName, { readonly isHere: boolean; open(table: string, ledger: string): Promise<Stage> }>> = {
  postgres: {
    isHere: postgres !== undefined,
    async open(table, ledger) {
      const pool = new pg.Pool({ connectionString: postgres?.url ?? '', max: 2 })
      pool.on('error', () => undefined)
      const keys = postgresStore(pool, { table })
      await keys.migrate()
      await pool.query(`create table ${ledger} (event text)`)
      return {
        url: postgres?.url ?? '',
        keys,
        counts: async () => countOf((await pool.query(tally(ledger))).rows),
        close: () => pool.end(),
      }
    },
  },
  mysql: {
    isHere: mariadb !== undefined,
    async open(table, ledger) {
      const pool = createPool({ uri: mariadb?.url ?? '', connectionLimit: 2 })
      const keys = mysqlStore(pool, { table })
      await keys.migrate()
      await pool.query(`CREATE TABLE ${ledger} (event VARCHAR(100)) ENGINE = InnoDB`)
      return {
        url: mariadb?.url ?? '',
        keys,
        counts: async () => countOf((await pool.query<RowDataPacket[]>(tally(ledger)))[0]),
        close: () => pool.end(),
      }
    },
  },
  sqlite: {
    isHere: true,
    async open(table, ledger) {
      const url = freshFile()
      const database = openFile(url)
      const keys = sqliteStore(database, { table })
      await keys.migrate()
      database.exec(`CREATE TABLE ${ledger} (event TEXT NOT NULL)`)
      return { url, keys, counts: async () => countOf(database.prepare(tally(ledger)).all() as Record<string, unknown>[]) }
    },
  },
  redis: {
    isHere: redis !== undefined,
    async open(table, ledger) {
      const client = new Redis(redis?.port ?? 0)
      return {
        url: `redis://127.0.0.1:${redis?.port}`,
        keys: redisStore(client, { prefix: `${table}:` }),
        async counts() {
          const found = new Map<string, number>()
          for (const event of await client.lrange(ledger, 0, -1)) found.set(event, (found.get(event) ?? 0) + 1)
          return found
        },
        close: async () => client.disconnect(),
      }
    },
  },
}

/** SQLite's workers take turns with a newer Node, so that both drivers write to one file. */
const programsFor = (store: StoreName) =>
  [process.execPath, ...(store === 'sqlite' && newerNode ? [newerNode] : [])].map((node) => [node, '--no-warnings', worker])

let made = 0
async function openStage(store: StoreName) {
  const [table, ledger] = [`keys_${++made}`, `ledger_${made}`]
  return { table, ledger, ...(await stages[store].open(table, ledger)) }
}

// The last of those who are to die may come when the others have left nothing to do.
const [kills, events] = isLong ? [205, 1000] : [24, 220]

describe.each(Object.keys(stages) as StoreName[])('%s', (store) => {
  const { isHere } = stages[store]

  test.skipIf(!isHere)(
    'processes that race for the same keys: each is claimed once, and every claim has an answer',
    { timeout: 60_000 },
    async () => {
      const [processes, keys] = isLong ? [8, 2000] : [4, 300]
      const stage = await openStage(store)
      const races = await runRace(programsFor(store), { ...stage, store, events: keys, transaction: false }, processes)
      const sum = (name: 'won' | 'lost') => races.reduce((total, race) => total + (race[name] ?? 0), 0)
      expect([sum('won'), sum('lost')]).toEqual([keys, (processes - 1) * keys])
      report('races', [store, processes, keys, sum('won'), sum('lost')])
      await stage.close?.()
    },
  )

  // SQLite's clock is the machine's, which all its processes share.
  if (store !== 'sqlite')
    test.skipIf(!isHere)('a caller whose clock is an hour off holds, waits and forgets as any other', async () => {
      const { keys, close } = await openStage(store)
      onTestFinished(() => void vi.useRealTimers())
      vi.useFakeTimers({ toFake: ['Date'] })
      const hour = 3_600_000
      const holding = (token: string, leaseMs: number) => ({ token, leaseMs, retentionMs: 60_000 })
      for (const [name, off] of [
        ['ahead', hour],
        ['behind', -hour],
      ] as const) {
        const [real, key] = [Date.now(), `clock/${name}`]
        expect((await keys.claim(key, holding('mine', 30_000))).status).toBe('claimed')
        vi.setSystemTime(real + off)
        expect((await keys.claim(key, holding('other', 30_000))).status).toBe('in_progress')
        expect(await keys.extend(key, 'mine', 0)).toBe(true)
        expect(await keys.claim(key, holding('other', 30_000))).toEqual({ status: 'claimed', attempt: 2 })
        expect(await keys.complete(key, 'mine', undefined, 60_000)).toBe(false)
        expect(await keys.complete(key, 'other', undefined, 60_000)).toBe(true)
        vi.setSystemTime(real)
        expect((await keys.claim(key, holding('third', 30_000))).status).toBe('completed')
      }
      await close?.()
    })

  const modes = store === 'redis' ? [false] : store === 'postgres' ? [true, false] : [true]
  test.skipIf(!isHere).each(modes)(
    'processes that are killed between any two steps lose no event (transaction: %s)',
    { timeout: 900_000 },
    async (transaction) => {
      const stage = await openStage(store)
      const ledger = await keepLedger(
        programsFor(store),
        { ...stage, store, events, transaction },
        { kills, counts: stage.counts },
      )
      expect(ledger.lost).toBe(0)
      // With a transaction an effect is there once; without one, who dies between the effect and its completion leaves it to be repeated.
      if (transaction) expect(ledger.repeated).toBe(0)
      else expect(ledger.repeated).toBeGreaterThan(0)
      expect(ledger.kills).toBeGreaterThan(kills - 5)
      // Every step was somebody's last.
      expect(ledger.killedAt.length).toBe(transaction ? 11 : 8)
      report('ledger', [
        store,
        transaction ? 'yes' : 'no',
        ledger.events,
        ledger.workers,
        ledger.kills,
        ledger.killedAt.length,
        ledger.lost,
        ledger.repeated,
      ])
      await stage.close?.()
    },
  )
})
