// How soon a sender has its 200, acknowledged first or handled inline, at 500 requests a second: npm run bench:inbox
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Agent, request } from 'undici'
import { generateSecret, sign } from '../../src'
import { tableInbox } from '../../src/queues/table'
import { standardWebhooks } from '../../src/schemes'
import { postgresStore } from '../../src/stores/postgres'
import { startOwnPostgres } from '../../test/servers/own-postgres'
import { freePort } from '../../test/servers/redis'
import { machine, median, table, writeSection } from '../report'

const rounds = Number(process.env['ROUNDS'] ?? 3)
const perSecond = 500
const seconds = 6
const warmUpSeconds = 2

const server = await startOwnPostgres()
if (!server) throw new Error('There is no PostgreSQL server to measure on.')
const { url } = server
const pool = new pg.Pool({ connectionString: url, max: 4 })
await Promise.all([tableInbox(pool).migrate(), postgresStore(pool).migrate()])
await pool.query('create table effects (event text)')
const secret = generateSecret()
const program = fileURLToPath(new URL('process.ts', import.meta.url))

interface Figures {
  readonly middle: number
  readonly slow: number
  readonly slowest: number
  /** Answers other than 200, in percent. */
  readonly refused: number
  /** Seconds from the last request until all of the acknowledged events had taken effect. */
  readonly behind: number
}

let made = 0
async function measure(way: string, wait: number): Promise<Figures> {
  await pool.query('truncate effects, countersign_inbox, countersign_keys')
  const port = await freePort()
  const start = (role: string) =>
    spawn(process.execPath, ['--import', 'tsx', program, role, way, `${wait}`, url, `${port}`, secret], { stdio: 'inherit' })
  const children: ChildProcess[] = [start('receive'), ...(way === 'inbox' ? [start('work')] : [])]
  const agent = new Agent({ connections: 200 })
  /** From when it was due, not from when it could be sent: what waits for others counts. */
  async function deliver(due: number): Promise<{ status: number; milliseconds: number }> {
    const id = `msg_${++made}`
    const body = JSON.stringify({ type: 'paid', id, padding: 'x'.repeat(1000) })
    const headers = { 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, id, body })) }
    const answer = await request(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body, dispatcher: agent }).then(
      async ({ statusCode, body: rest }) => {
        await rest.dump()
        return statusCode
      },
      () => 0,
    )
    return { status: answer, milliseconds: performance.now() - due }
  }
  while ((await deliver(0)).status !== 200) await setTimeout(50)

  const begin = performance.now()
  const sent: ReturnType<typeof deliver>[] = []
  for (let count = 0; count < perSecond * (warmUpSeconds + seconds); count++) {
    const due = begin + (count * 1000) / perSecond
    const early = due - performance.now()
    if (early > 1) await setTimeout(early)
    sent.push(deliver(due))
  }
  const end = performance.now()
  const answers = await Promise.all(sent)
  const acknowledged = 1 + answers.filter(({ status }) => status === 200).length
  for (;;) {
    const { rows } = await pool.query('select count(*)::int as count from effects')
    if (rows[0].count >= acknowledged) break
    await setTimeout(50)
  }
  const behind = (performance.now() - end) / 1000

  for (const child of children) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await agent.destroy()
  const measured = answers.slice(perSecond * warmUpSeconds)
  const sorted = measured.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] as number
  const refused = (100 * measured.filter(({ status }) => status !== 200).length) / measured.length
  return { middle: at(0.5), slow: at(0.99), slowest: at(1), refused, behind }
}

const cases = [0, 50].flatMap((wait) => ['inline', 'inbox'].map((way) => ({ way, wait, found: [] as Figures[] })))
for (let round = 0; round < rounds; round++) {
  for (const { way, wait, found } of cases) found.push(await measure(way, wait))
}

const rows = cases.map(({ way, wait, found }) => {
  const of = (name: keyof Figures, digits: number) => median(found.map((figures) => figures[name])).toFixed(digits)
  const handler = wait === 0 ? 'one insert' : `${wait} ms elsewhere, one insert`
  return [handler, way, of('middle', 1), of('slow', 1), of('slowest', 0), of('refused', 1), of('behind', 1)]
})
const head = [
  'handler',
  'handled',
  '200 after, p50 (ms)',
  'p99',
  'slowest',
  'not 200 (%)',
  'all handled after the last request (s)',
]
const section = `## The inbox

\`npm run bench:inbox\`, ${machine()}; medians of ${rounds} interleaved rounds of ${seconds} s at ${perSecond} requests of 1 KB a second, after a warm-up. Each is timed from when it was due.
Inline the handler runs behind a \`postgresStore\` before the answer; with \`tableInbox\` a process beside handles with the same store. Sender, receiver, worker and PostgreSQL (which
syncs every commit) share the machine.

${table(head, rows)}
`
console.log(section)
writeSection('inbox', section)
await pool.end()
await server.stop()
process.exit(0)
