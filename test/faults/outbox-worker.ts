import { createServer } from 'node:http'
import { Queue, Worker } from 'bullmq'
import { webhook } from 'countersign/node'
import { bullmqOutbox } from 'countersign/queues/bullmq'
import { pgBossOutbox } from 'countersign/queues/pg-boss'
import { tableOutbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { createSender, runOutbox } from 'countersign/sender'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import PgBoss from 'pg-boss'

// A process of its own, bundled first: it delivers an outbox to two receivers, or is one of them, until it is killed.

const [role, engine = '', databaseUrl = '', redisUrl = '', ports = '', secret = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 })
pool.on('error', () => undefined)

const outboxes: Record<string, () => Promise<Parameters<typeof runOutbox>[0]>> = {
  table: async () => tableOutbox(pool),
  async bullmq() {
    const connection = { url: redisUrl, maxRetriesPerRequest: null }
    const queue = new Queue('outbox', { connection: { ...connection, maxRetriesPerRequest: 1 } })
    queue.on('error', () => undefined)
    const options = { connection, concurrency: 4, lockDuration: 500, stalledInterval: 300, maxStalledCount: 1000 }
    return bullmqOutbox(queue, {
      worker: (process) => new Worker('outbox', process, options).on('error', () => undefined),
    })
  },
  async 'pg-boss'() {
    const boss = new PgBoss({ connectionString: databaseUrl, maintenanceIntervalSeconds: 1, migrate: false, schedule: false })
    boss.on('error', () => undefined)
    await boss.start()
    return pgBossOutbox(boss, 'outbox', { leaseSeconds: 2 })
  },
}

if (role === 'send') {
  const sender = createSender({
    scheme: standardWebhooks,
    guard: false,
    timeoutSeconds: 1.5,
    schedule: Array.from({ length: 1000 }, () => 0.05),
    random: () => 0.5,
  })
  runOutbox((await outboxes[engine]?.()) ?? process.exit(1), {
    sender,
    endpoints: () => ports.split(','),
    endpoint: (port) => ({ url: `http://127.0.0.1:${port}/`, secret }),
    leaseSeconds: 0.5,
    concurrency: 6,
    pollSeconds: 0.05,
  })
} else {
  const port = Number(ports)
  const hook = webhook(
    { scheme: standardWebhooks, secret, store: postgresStore(pool), transaction: true, leaseSeconds: 0.5, endpoint: ports },
    async (event, { transaction }) => {
      await transaction.query('insert into effects values ($1)', [`${port} ${event.id}`])
    },
  )
  createServer(hook).listen(port, '127.0.0.1')
}
