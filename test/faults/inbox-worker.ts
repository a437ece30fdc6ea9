import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import type { Inbox } from 'countersign'
import { webhook } from 'countersign/node'
import { bullmqInbox } from 'countersign/queues/bullmq'
import { pgBossInbox } from 'countersign/queues/pg-boss'
import { tableInbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import { Redis } from 'ioredis'
import pg from 'pg'
import PgBoss from 'pg-boss'

// A process of its own, bundled first: it receives and acknowledges, or works on what was put, until it is killed.

const [role, engine, url = '', port, secret = ''] = process.argv.slice(2)

function openPool() {
  const pool = new pg.Pool({ connectionString: url, max: 6 })
  pool.on('error', () => undefined)
  return pool
}

/** A receiver whose handler writes in its transaction. */
const receiverOn = (pool: pg.Pool, inbox: Inbox) =>
  webhook(
    { scheme: standardWebhooks, secret, inbox, store: postgresStore(pool), transaction: true, leaseSeconds: 0.5 },
    async (event, { transaction }) => {
      await transaction.query('insert into effects values ($1)', [event.id])
      await setTimeout(5)
    },
  )

/** What one engine has: an inbox, how it is worked on, and what a handler does. */
async function onTable() {
  const pool = openPool()
  const inbox = tableInbox(pool, { schedule: Array.from({ length: 100 }, () => 0.05) })
  const hook = receiverOn(pool, inbox)
  return { hook, work: () => inbox.work(hook, { leaseSeconds: 0.5, concurrency: 4, pollSeconds: 0.02 }) }
}

async function onBullmq() {
  const connection = { url, maxRetriesPerRequest: null }
  const queue = new Queue('hooks', { connection: { ...connection, maxRetriesPerRequest: 1 } })
  queue.on('error', () => undefined)
  const effects = new Redis(url)
  effects.on('error', () => undefined)
  const inbox: Inbox = bullmqInbox(queue, { attempts: 100, backoff: { type: 'fixed', delay: 50 } })
  const hook = webhook({ scheme: standardWebhooks, secret, inbox }, async (event) => {
    await effects.rpush('effects', event.id ?? '')
    await setTimeout(5)
  })
  const options = { connection, concurrency: 4, lockDuration: 500, stalledInterval: 300, maxStalledCount: 1000 }
  return { hook, work: () => void new Worker('hooks', (job) => hook.work(job.data), options).on('error', () => undefined) }
}

async function onPgBoss() {
  const boss = new PgBoss({ connectionString: url, maintenanceIntervalSeconds: 1, migrate: false, schedule: false })
  boss.on('error', () => undefined)
  await boss.start()
  const inbox = pgBossInbox(boss, 'hooks', { retryLimit: 100, retryDelaySeconds: 1 })
  const hook = receiverOn(openPool(), inbox)
  const handle = async (jobs: { data: unknown }[]) => {
    await Promise.all(jobs.map((job) => hook.work(job.data as never)))
  }
  return { hook, work: () => boss.work('hooks', { pollingIntervalSeconds: 0.5, batchSize: 4 }, handle) }
}

const engines = { table: onTable, bullmq: onBullmq, 'pg-boss': onPgBoss }
const { hook, work } = await engines[engine as keyof typeof engines]()
if (role === 'work') await work()
else {
  const server = createServer(hook).listen(Number(port), '127.0.0.1')
  server.once('listening', () => console.log((server.address() as AddressInfo).port))
}
