import { setTimeout } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { generateSecret } from 'countersign'
import { bullmqOutbox } from 'countersign/queues/bullmq'
import { pgBossOutbox } from 'countersign/queues/pg-boss'
import { tableOutbox } from 'countersign/queues/table'
import type { Outbox } from 'countersign/sender'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startOwnPostgres } from '../servers/own-postgres'
import { freePort, startRedis } from '../servers/redis'
import { bundleFile } from '../stores/sqlite-files'
import { hire } from './crew'
import { isLong, report } from './report'

const [postgres, redis] = await Promise.all([startOwnPostgres(), startRedis({ appendonly: 'yes', appendfsync: 'always' })])
const pool = new pg.Pool({ connectionString: postgres?.url ?? '', max: 4 })
pool.on('error', () => undefined)
afterAll(async () => {
  await pool.end()
  await Promise.all([postgres?.stop(), redis?.stop()])
})

let program: string
beforeAll(async () => {
  program = await bundleFile('test/faults/outbox-worker.ts')
  if (!postgres) return
  await postgresStore(pool).migrate()
  await pool.query('create table if not exists effects (effect text)')
})

const secret = generateSecret()
const [events, kills, crashes] = isLong ? [500, 100, 6] : [40, 8, 1]

async function onTable(): Promise<Outbox> {
  const outbox = tableOutbox(pool)
  await outbox.migrate()
  return outbox
}

async function onBullmq(): Promise<Outbox> {
  const queue = new Queue('outbox', { connection: { host: '127.0.0.1', port: redis?.port ?? 0, maxRetriesPerRequest: 1 } })
  queue.on('error', () => undefined)
  onTestFinished(() => queue.close())
  return bullmqOutbox(queue)
}

async function onPgBoss(): Promise<Outbox> {
  const boss = new PgBoss({ connectionString: postgres?.url ?? '', supervise: false, schedule: false })
  boss.on('error', () => undefined)
  await boss.start()
  onTestFinished(() => boss.stop({ graceful: false }))
  const outbox = pgBossOutbox(boss, 'outbox', { leaseSeconds: 2 })
  await outbox.migrate()
  return outbox
}

describe.each([
  { engine: 'table', open: onTable },
  { engine: 'bullmq', open: onBullmq },
  { engine: 'pg-boss', open: onPgBoss },
])('an outbox on $engine', ({ engine, open }) => {
  test.skipIf(!postgres || !redis)(
    'delivers all that was put, and receivers handle each once, while senders, receivers and servers are killed',
    { timeout: 900_000 },
    async () => {
      await pool.query('truncate effects')
      const outbox = await open()
      const ports = [await freePort(), await freePort()].map(String)
      const urls = [postgres?.url ?? '', `redis://127.0.0.1:${redis?.port}`]
      const crew = hire(program, [
        ['send', engine, ...urls, ports.join(), secret],
        ['send', engine, ...urls, ports.join(), secret],
        ...ports.map((port) => ['receive', engine, ...urls, port, secret]),
      ])
      const restart = (crashed: number) => (engine === 'bullmq' && crashed % 2 === 0 ? redis?.restart() : postgres?.restart())
      const killing = crew.kill({ kills, everyMs: isLong ? 150 : 120, crashes, restart: async (crashed) => restart(crashed) })

      // In a stream, so that some are on their way at every kill. What was not acknowledged is put again.
      const ids = Array.from({ length: events }, (_, index) => `msg_${index}`)
      for (const id of ids) {
        while (!(await outbox.put({ id, body: `{"type":"paid","id":"${id}"}` }).catch(() => undefined))) await setTimeout(30)
        await setTimeout(isLong ? 30 : 25)
      }
      const done = await killing
      const effects = async () => {
        const { rows } = await pool.query('select effect, count(*)::int as times from effects group by effect')
        return new Map<string, number>(rows.map(({ effect, times }) => [effect, times]))
      }
      const expected = ports.flatMap((port) => ids.map((id) => `${port} ${id}`))
      for (;;) {
        const counts = await effects().catch(() => new Map<string, number>())
        if (counts.size === expected.length) break
        await setTimeout(50)
      }
      // Whatever may still come twice has come by then.
      await setTimeout(1500)
      const counts = await effects()
      expect(expected.filter((effect) => !counts.has(effect))).toEqual([])
      expect(expected.filter((effect) => counts.get(effect) !== 1)).toEqual([])
      expect(await outbox.dead()).toEqual([])
      expect(done).toEqual([kills, crashes])
      report('outbox', [engine, expected.length, kills, crashes, 0, 0])
    },
  )
})
