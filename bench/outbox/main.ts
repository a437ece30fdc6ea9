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

const expected = perSecond * seconds * healthyPerEvent
const rows: (string | number)[][] = []
const points: { way: string; seconds: number; delivered: number }[] = []
for (const [engine, open] of Object.entries(engines)) {
  for (const [way, how] of Object.entries(ways)) {
    const found = await measure(open, how)
    const waits = found.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
    const quantile = (part: number) => Math.round(waits[Math.floor(waits.length * part)] ?? Number.NaN)
    rows.push([engine, way, `${((found.length / expected) * 100).toFixed(1)} %`, quantile(0.5), quantile(0.99)])
    console.log(rows.at(-1)?.join(' | '))
    if (engine !== 'tableOutbox') continue
    const moments = found.map(({ second }) => second).sort((a, b) => a - b)
    for (let moment = 0; moment <= seconds + patienceSeconds; moment += 0.5) {
      points.push({ way, seconds: moment, delivered: moments.filter((one) => one <= moment).length })
    }
  }
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
for (const [engine, open] of Object.entries(engines)) {
  const found: number[] = []
  for (let round = 0; round < 3; round++) found.push(await drainRate(open))
  rates.push([engine, Math.round(median(found))])
  console.log(rates.at(-1)?.join(' | '))
}

const kinds = Object.keys(ways)
await writePlot('outbox-silent', {
  width: 720,
  height: 320,
  title: { text: 'Delivered to the endpoints that answer (tableOutbox)', fontSize: 16, anchor: 'start' },
  data: { values: points },
  mark: { type: 'line', strokeWidth: 2.5, interpolate: 'linear' },
  encoding: {
    x: { field: 'seconds', type: 'quantitative', title: 'seconds' },
    y: { field: 'delivered', type: 'quantitative', title: 'deliveries' },
    color: {
      field: 'way',
      type: 'nominal',
      title: null,
      sort: kinds,
      scale: { domain: kinds, range: ['#0072b2', '#e69f00', '#c1272d'] },
    },
    strokeDash: {
      field: 'way',
      type: 'nominal',
      title: null,
      sort: kinds,
      scale: {
        domain: kinds,
        range: [
          [1, 0],
          [6, 4],
          [1, 0],
        ],
      },
    },
  },
  config: { legend: { orient: 'bottom', labelLimit: 400 } },
})
writeSection(
  'outbox',
  `## An endpoint that does not answer

\`npm run bench:outbox\`, ${machine()}. ${perSecond} events of 1 KB a second for ${seconds} s, each to ${healthyPerEvent} of ${names.length} endpoints that answer at once and, where it says so, to one that never
answers; ${concurrency} tries at one time, each with 15 s. Delivered are those to the endpoints that answer, ${patienceSeconds} s after the last event; timed from when the event was due. The endpoints, the outbox and its
server share the machine.

${table(['outbox', 'endpoints', 'delivered', 'p50 (ms)', 'p99 (ms)'], rows)}

![Deliveries over time](results/outbox-silent.svg)

With ${backlog} events of 1 KB that wait already for one endpoint, which answers at once; each is fanned out, delivered and written down. Medians of 3 rounds in one process.

${table(['outbox', 'deliveries in a second'], rates)}`,
)
for (const close of closers) await close()
await boss.stop({ graceful: false })
await pool.end()
await Promise.all([postgres.stop(), redis.stop()])
process.exit()
