import { setTimeout } from 'node:timers/promises'
import { generateSecret, sign } from 'countersign'
import { tableInbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import { Redis } from 'ioredis'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startOwnPostgres } from '../servers/own-postgres'
import { freePort, startRedis } from '../servers/redis'
import { bundleFile } from '../stores/sqlite-files'
import { hire } from './crew'
import { isLong, report } from './report'

const [postgres, redis] = await Promise.all([startOwnPostgres(), startRedis({ appendonly: 'yes', appendfsync: 'always' })])
afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]))

let program: string
beforeAll(async () => {
  program = await bundleFile('test/faults/inbox-worker.ts')
})

const secret = generateSecret()
const [events, kills, crashes] = isLong ? [500, 100, 6] : [60, 8, 1]

/** An engine, its server, and how often each event took effect. */
interface Stage {
  readonly url: string
  restart(): Promise<void>
  counts(): Promise<ReadonlyMap<string, number>>
}

async function onPostgres(): Promise<Stage> {
  const pool = new pg.Pool({ connectionString: postgres?.url ?? '', max: 2 })
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end())
  await tableInbox(pool).migrate()
  await postgresStore(pool).migrate()
  await pool.query('create table if not exists effects (event text)')
  // The events of one engine are those of another by their ids.
  await pool.query('truncate effects, countersign_keys')
  return {
    url: postgres?.url ?? '',
    restart: async () => postgres?.restart(),
    async counts() {
      const { rows } = await pool.query('select event, count(*)::int as times from effects group by event')
      return new Map(rows.map(({ event, times }) => [event, times]))
    },
  }
}

/** The same effects, with jobs of pg-boss that are another's a second after their worker died. */
async function onPgBoss(): Promise<Stage> {
  const boss = new PgBoss({ connectionString: postgres?.url ?? '', supervise: false, schedule: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue('hooks', { name: 'hooks', expireInSeconds: 1 })
  await boss.stop({ graceful: false })
  return onPostgres()
}

async function onRedis(): Promise<Stage> {
  const client = new Redis(redis?.port ?? 0)
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return {
    url: `redis://127.0.0.1:${redis?.port}`,
    restart: async () => redis?.restart(),
    async counts() {
      const counts = new Map<string, number>()
      for (const event of await client.lrange('effects', 0, -1)) counts.set(event, (counts.get(event) ?? 0) + 1)
      return counts
    },
  }
}

describe.each([
  { engine: 'table', isHere: postgres !== undefined, open: onPostgres, once: true },
  { engine: 'pg-boss', isHere: postgres !== undefined, open: onPgBoss, once: true },
  { engine: 'bullmq', isHere: redis !== undefined, open: onRedis, once: false },
])('an inbox on $engine', ({ engine, isHere, open, once: isOnce }) => {
  test.skipIf(!isHere)(
    'loses nothing that was acknowledged, while receivers, workers and its server are killed',
    { timeout: 600_000 },
    async () => {
      const stage = await open()
      const port = await freePort()
      const args = [engine, stage.url, `${port}`, secret]
      const crew = hire(program, [
        ['receive', ...args],
        ['work', ...args],
        ['work', ...args],
      ])

      /** A sender: the same event with a fresh signature until it is acknowledged. */
      async function deliver(id: string): Promise<void> {
        const body = JSON.stringify({ type: 'paid', id })
        for (;;) {
          const headers = await sign(standardWebhooks, { secret, id, body })
          const signal = AbortSignal.timeout(4000)
          const status = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body, signal }).then(
            (response) => response.status,
            () => 0,
          )
          if (status === 200) return
          await setTimeout(30)
        }
      }

      const killing = crew.kill({ kills, everyMs: isLong ? 150 : 120, crashes, restart: () => stage.restart() })
      // In a stream, so that some are on their way at every kill.
      const all = Array.from({ length: events }, (_, index) => `msg_${index}`)
      let next = 0
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          for (let id = all[next++]; id !== undefined; id = all[next++]) {
            await deliver(id)
            await setTimeout(isLong ? 100 : 60)
          }
        }),
      )
      const done = await killing
      for (;;) {
        const counts = await stage.counts().catch(() => new Map<string, number>())
        if (counts.size === all.length) break
        await setTimeout(50)
      }
      // Whatever may still come twice has come by then.
      await setTimeout(1000)
      const counts = await stage.counts()
      const repeated = all.filter((id) => (counts.get(id) ?? 0) > 1).length
      expect(all.filter((id) => !counts.has(id))).toEqual([])
      if (isOnce) expect(repeated).toBe(0)
      expect(done).toEqual([kills, crashes])
      report('inbox', [engine, isOnce ? 'yes' : 'no', events, kills, crashes, 0, repeated])
    },
  )
})
