// What a receiver costs beside its bare framework and beside a handler written by hand: npm run bench:adapters
import { type ChildProcess, fork } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { machine, median, table, writeSection } from '../report'

/** Two processes of one kind differ by some 5 %, whatever they run: of each there are several, one after another. */
const processes = Number(process.env['PROCESSES'] ?? 3)
const rounds = Number(process.env['ROUNDS'] ?? 5)
const perRound = Number(process.env['PER_ROUND'] ?? 2000)
/** So many that nothing is compiled any more: a server runs for days. */
const warmUp = Number(process.env['WARM_UP'] ?? 20_000)
const atOnce = 16
const frameworks = ['Express 5', 'Fastify 5', '`node:http`', 'Hono 4']
const ways = ['bare', 'by hand', 'with care', 'countersign']
const secret = 'a secret of more than 16 bytes'
const sizes = [1024, 65_536]

interface Used {
  /** Of the processor, in microseconds. */
  readonly user: number
  readonly system: number
  readonly handled: number
}

interface Contender {
  readonly name: string
  readonly child: ChildProcess
  readonly pool: Pool
}

async function start(framework: string, way: string): Promise<Contender> {
  const path = fileURLToPath(new URL('server.ts', import.meta.url))
  const child = fork(path, [framework, way, secret], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    name: `${framework} ${way}`,
    child,
    pool: new Pool(`http://127.0.0.1:${port}`, { connections: atOnce, pipelining: 1 }),
  }
}

async function usedBy(child: ChildProcess): Promise<Used> {
  child.send('?')
  const [used] = (await once(child, 'message')) as [Used]
  return used
}

/** Microseconds of the processor for each request, of the contender alone: what else the machine does is not counted. */
async function cost({ name, child, pool }: Contender, body: Buffer, count: number): Promise<number> {
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const headers = { 'content-type': 'application/json', 'x-github-event': 'push', 'x-hub-signature-256': signature }
  const before = await usedBy(child)
  let left = count
  // Never asleep, or a server that is quicker than the load would be spared what it costs to wake it.
  const stayAwake = () => left > 0 && setImmediate(stayAwake)
  stayAwake()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) {
        const { statusCode, body: answer } = await pool.request({ method: 'POST', path: '/hooks', headers, body })
        await answer.dump()
        if (statusCode !== 200) throw new Error(`${name} answers ${statusCode}`)
      }
    }),
  )
  const after = await usedBy(child)
  if (after.handled - before.handled !== count)
    throw new Error(`${name} has handled ${after.handled - before.handled} of ${count}`)
  return (after.user + after.system - before.user - before.system) / count
}

/** What each of four processes that were made for it takes, round by round, by turns. */
async function measure(framework: string, body: Buffer, costs: readonly number[][]): Promise<void> {
  const contenders = await Promise.all(ways.map((way) => start(framework, way)))
  try {
    for (const contender of contenders) await cost(contender, body, warmUp)
    for (let round = 0; round < rounds; round++) {
      for (const [at, contender] of contenders.entries()) costs[at]?.push(await cost(contender, body, perRound))
    }
  } finally {
    for (const { child, pool } of contenders) {
      child.kill()
      await pool.destroy()
    }
  }
}

/** A row of the table. */
async function compare(framework: string, size: number): Promise<(string | number)[]> {
  const body = Buffer.from(JSON.stringify({ type: 'paid', text: 'x'.repeat(size - 25) }))
  const costs = ways.map((): number[] => [])
  for (let time = 0; time < processes; time++) await measure(framework, body, costs)
  const ours = costs.at(-1) as number[]
  const ratios = costs
    .slice(0, -1)
    .map((theirs) => median(ours.map((spent, round) => spent / (theirs[round] as number))).toFixed(2))
  return [framework, `${size / 1024} KB`, ...costs.map((of) => median(of).toFixed(0)), ...ratios]
}

const rows: (string | number)[][] = []
for (const size of sizes) {
  for (const framework of frameworks) {
    const row = await compare(framework, size)
    rows.push(row)
    console.log(row.join(' · '))
  }
}
const head = [
  '',
  'body',
  'bare, µs',
  'by hand, µs',
  'with care, µs',
  'countersign, µs',
  'countersign / bare',
  'countersign / by hand',
  'countersign / with care',
]
writeSection(
  'webhooks',
  `## Receivers

\`npm run bench:adapters\`, ${machine()}; medians of ${processes * rounds} interleaved rounds of ${perRound} requests, ${atOnce} at once, by undici, in ${processes} processes one after another, after ${warmUp} in each that are not counted. Time of the processor (user and
system) that a request takes in the server's process, which holds one contender. Bare reads the raw body and parses its JSON; by hand is the same with \`createHmac\`
and \`timingSafeEqual\` before; with care is by hand, too, with what a receiver promises: limits, deadlines for the body and for the handler with its signal, no header twice, no text
that is not UTF-8, an answer whatever happens (bench/adapters/careful.ts); countersign is \`webhook\` with the scheme \`github\`, without a store and an observer. Less is faster.
The key of the event, for \`github\` a second hash of the body, is made where a store, an inbox, an observer or the handler asks for it; here nobody does. On Hono's own server
countersign reads Node's request, which stands in the context, as that with care does: for the body of the other one the server first makes a whole \`Request\`.
More than by hand it takes on Fastify: the handler by hand has Fastify's own reading and waits for nothing, where a receiver waits once or twice; what that costs is
for the most part code to fetch, which counts most beside bodies that fill the cache.

${table(head, rows)}`,
)
