// What an endpoint that does not answer does to the others of an outbox: npm run bench:outbox
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { generateSecret } from '../../src'
import { bullmqOutbox } from '../../src/queues/bullmq'
import { pgBossOutbox } from '../../src/queues/pg-boss'
import { tableOutbox } from '../../src/queues/table'
import { standardWebhooks } from '../../src/schemes'
import { createSender, type Outbox, runOutbox } from '../../src/sender'
import { startOwnPostgres } from '../../test/servers/own-postgres'
import { startRedis } from '../../test/servers/redis'
import { writePlot } from '../plot'
import { machine, median, table, writeSection } from '../report'

const perSecond = 100
const seconds = Number(process.env['SECONDS'] ?? 12)
const patienceSeconds = 6
const healthyPerEvent = 3
const concurrency = 50
const backlog = 2000

const [postgres, redis] = await Promise.all([startOwnPostgres(), startRedis({ appendonly: 'yes' })])
if (!postgres || !redis) throw new Error('There is no PostgreSQL or no Redis to measure on.')
const pool = new pg.Pool({ connectionString: postgres.url, max: 20 })
const boss = new PgBoss({ connectionString: postgres.url, max: 20 })
boss.on('error', () => undefined)
await boss.start()
const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null }

let made = 0
const closers: (() => Promise<unknown>)[] = []
const engines: Record<string, () => Promise<Outbox>> = {
  async tableOutbox() {
    const outbox = tableOutbox(pool, { table: `outbox_${++made}` })
    await outbox.migrate()
    return outbox
  },
  async pgBossOutbox() {
    const outbox = pgBossOutbox(boss, `outbox-${++made}`)
    await outbox.migrate()
    return outbox
  },
  async bullmqOutbox() {
    const queue = new Queue(`outbox-${++made}`, { connection })
    closers.push(() => queue.close())
    return bullmqOutbox(queue, { worker: (process) => new Worker(queue.name, process, { connection, concurrency }) })
  },
}

/** Milliseconds from when each event was due until each of its healthy endpoints had it. */
let arrivals: { readonly second: number; readonly milliseconds: number }[] = []
let dueOf = new Map<string, number>()
let begin = 0
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
const answering = await listen(
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const due = dueOf.get(String(request.headers['webhook-id'])) ?? 0
    arrivals.push({ second: (performance.now() - begin) / 1000, milliseconds: performance.now() - due })
    request.resume().on('end', () => response.end())
  }),
)
const silent = await listen(createServer((request) => request.resume()))
const secret = generateSecret()
const names = Array.from({ length: 10 }, (_, index) => `healthy_${index}`)

const ways = {
  'all answer': { dead: [], cap: 4 },
  'one is silent': { dead: ['silent'], cap: 4 },
  'one is silent, no limit for each': { dead: ['silent'], cap: concurrency },
} as const

async function measure(open: () => Promise<Outbox>, { dead, cap }: (typeof ways)[keyof typeof ways]) {
  const outbox = await open()
  const sender = createSender({ scheme: standardWebhooks, guard: false, timeoutSeconds: 15, inFlightPerEndpoint: concurrency })
  const run = runOutbox(outbox, {
    sender,
    concurrency,
    inFlightPerEndpoint: cap,
    pollSeconds: 0.1,
    endpoints: ({ account }) => [
      ...dead,
      ...Array.from({ length: healthyPerEvent }, (_, index) => names[(Number(account) + index) % names.length] as string),
    ],
    endpoint: (name) => ({ url: name === 'silent' ? silent : answering, secret }),
  })
  arrivals = []
  dueOf = new Map()
  begin = performance.now()
  const puts: Promise<unknown>[] = []
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = begin + (index * 1000) / perSecond
    const early = due - performance.now()
    if (early > 1) await setTimeout(early)
    dueOf.set(`evt_${index}`, due)
    puts.push(outbox.put({ id: `evt_${index}`, account: String(index), body: JSON.stringify({ data: 'x'.repeat(1000) }) }))
  }
  await Promise.all(puts)
  await setTimeout(patienceSeconds * 1000)
  const found = arrivals
  sender.close()
  await run.drain()
  return found
}

/** Deliveries in a second where all wait already, to one endpoint that answers at once. */
async function drainRate(open: () => Promise<Outbox>): Promise<number> {
  const outbox = await open()
  const ids = Array.from({ length: backlog }, (_, index) => `evt_${index}`)
  for (let from = 0; from < backlog; from += 100) {
    await Promise.all(
      ids.slice(from, from + 100).map((id) => outbox.put({ id, body: JSON.stringify({ data: 'x'.repeat(1000) }) })),
    )
  }
  const sender = createSender({ scheme: standardWebhooks, guard: false, inFlightPerEndpoint: concurrency })
  arrivals = []
  begin = performance.now()
  const run = runOutbox(outbox, {
    sender,
    concurrency,
    inFlightPerEndpoint: concurrency,
    endpoints: () => ['healthy'],
    endpoint: () => ({ url: answering, secret }),
  })
  while (arrivals.length < backlog) await setTimeout(10)
  const rate = backlog / ((performance.now() - begin) / 1000)
  await run.drain()
  sender.close()
  return rate
}

const rates: (string | number)[][] = []
for (const [engine, open] of [['tableOutbox', engines['tableOutbox']!] as const, ['pgBossOutbox', engines['pgBossOutbox']!] as const]) {
  const found: number[] = []
  for (let round = 0; round < 5; round++) found.push(await drainRate(open))
  rates.push([engine, Math.round(median(found))])
  console.log(rates.at(-1)?.join(' | '))
}


process.exit()
