import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { generateSecret, sign } from 'countersign'
import { webhook } from 'countersign/fetch'
import { pgBossInbox, pgBossOutbox } from 'countersign/queues/pg-boss'
import { standardWebhooks } from 'countersign/schemes'
import { createSender, runOutbox } from 'countersign/sender'
import pg from 'pg'

// A program of its own, for a Node that pg-boss 12 runs on: what it found, as one line of JSON.

interface Boss12 {
  start(): Promise<unknown>
  stop(options: object): Promise<unknown>
  on(event: 'error', listener: () => void): unknown
  createQueue(name: string): Promise<void>
  work(name: string, handler: (jobs: { data: never }[]) => Promise<unknown>): Promise<string>
}
type Any = Parameters<typeof pgBossOutbox>[0] & Parameters<typeof pgBossInbox>[0] & Boss12

const url = process.argv[2] ?? ''
const { PgBoss } = (await import('pg-boss')) as unknown as { PgBoss: new (options: object) => Any }
const boss = new PgBoss({ connectionString: url, schema: 'boss12', supervise: false, schedule: false })
boss.on('error', () => undefined)
await boss.start()
const pool = new pg.Pool({ connectionString: url })
const found: Record<string, unknown> = {}
const until = async (holds: () => unknown) => {
  for (const end = Date.now() + 10_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`Never happened: ${holds}`)
    await setTimeout(20)
  }
}

// The outbox.
const secret = generateSecret()
const seen: [unknown, number][] = []
let isMended = false
const server = createServer((request, response) => {
  const status = isMended ? 200 : seen.length === 0 ? 503 : 410
  seen.push([request.headers['webhook-id'], status])
  request.resume().on('end', () => response.writeHead(status).end())
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const outbox = pgBossOutbox(boss, 'outbox', { schema: 'boss12' })
await outbox.migrate()
await outbox.migrate()
const client = await pool.connect()
await client.query('begin')
found['inTransaction'] = await outbox.put({ id: 'msg_0', body: 'e' }, { transaction: client })
await client.query('rollback')
client.release()
found['puts'] = [await outbox.put({ id: 'msg_1', body: 'e' }), await outbox.put({ id: 'msg_1', body: 'e' })]
const sender = createSender({ scheme: standardWebhooks, guard: false, schedule: [0.05] })
const run = runOutbox(outbox, {
  sender,
  endpoints: () => ['shop'],
  endpoint: () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, secret }),
  pollSeconds: 0.05,
  onError: (error) => {
    found['error'] = String(error)
  },
})
await until(async () => (await outbox.dead()).length === 1)
found['dead'] = (await outbox.dead()).map(({ event, endpoint, attempts, reason }) => [event.id, endpoint, attempts, reason])
isMended = true
found['redelivered'] = await outbox.redeliver('msg_1', 'shop')
await until(() => seen.length === 3)
found['seen'] = seen
await run.drain()
sender.close()
server.close()

// The inbox.
await boss.createQueue('hooks')
const handled: unknown[] = []
const puts: unknown[] = []
const hook = webhook(
  {
    scheme: standardWebhooks,
    secret,
    inbox: pgBossInbox(boss, 'hooks'),
    observe: (one) => void (one.outcome === 'enqueued' && puts.push(one.put)),
  },
  ({ id }) => void handled.push(id),
)
for (let count = 0; count < 2; count++) {
  const headers = { 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, id: 'msg_1', body: '{}' })) }
  await hook(new Request('http://localhost/', { method: 'POST', headers, body: '{}' }))
}
await boss.work('hooks', async ([job]) => hook.work(job?.data as never))
await until(() => handled.length === 1)
Object.assign(found, { acknowledged: puts, handled })
await boss.stop({ graceful: false })
await pool.end()
console.log(JSON.stringify(found))
process.exit()
