// Signed and guarded deliveries in a second, beside bare clients that do neither: npm run bench:delivery
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { machine, median, table, writeSection } from '../report'
import { atOnce, clients } from './clients'

const rounds = Number(process.env['ROUNDS'] ?? 15)
const perRound = Number(process.env['PER_ROUND'] ?? 4000)
const { CLIENT: client, PORT: givenPort, ONLY: only } = process.env

/** What a round of deliveries took. */
interface Round {
  readonly perSecond: number
  /** Of the client’s process, user and system; a machine that has other things to do changes it less. */
  readonly cpuMicroseconds: number
}

async function measure(deliver: () => Promise<unknown>, count: number): Promise<Round> {
  let left = count
  const started = performance.now()
  const cpu = process.cpuUsage()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await deliver()
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (count / (performance.now() - started)) * 1000, cpuMicroseconds: (user + system) / count }
}

/** A process of one client, so that none pays for what another leaves behind. */
function serve(name: string, port: number): void {
  const deliver = clients[name]?.(port)
  if (!deliver) throw new Error(`No client ${name}`)
  process.on('message', async (count: number) => process.send?.(await measure(deliver, count)))
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}

async function compare(): Promise<void> {
  const server = spawn(process.execPath, [
    '-e',
    `require('node:http').createServer({ keepAliveTimeout: 60000 }, (request, response) => request.resume().on('end', () => response.end('ok')))
      .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
  ])
  const [line] = await once(server.stdout, 'data')
  const [yardstick = '', ...others] = Object.keys(clients)
  const names = [yardstick, ...others.filter((name) => !only || name.includes(only))]
  const entries: { name: string; child: ChildProcess; taken: Round[] }[] = []
  for (const name of names) {
    const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, CLIENT: name, PORT: String(Number(line)) } })
    await once(child, 'message')
    entries.push({ name, child, taken: [] })
  }

  const ask = async (child: ChildProcess): Promise<Round> => {
    child.send(perRound)
    const [round] = await once(child, 'message')
    return round
  }
  // Twice, until the code is compiled.
  for (const { child } of [...entries, ...entries]) await ask(child)
  for (let round = 0; round < rounds; round++) {
    // Another one first each time, so that none is always after the same.
    for (let turn = 0; turn < entries.length; turn++) {
      const { child, taken } = entries[(round + turn) % entries.length] as (typeof entries)[number]
      taken.push(await ask(child))
    }
  }
  for (const { child } of entries) child.disconnect()
  server.kill()

  const figures = entries.map(({ name, taken }) => ({
    name,
    rate: median(taken.map(({ perSecond }) => perSecond)),
    cpu: median(taken.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  }))
  const [bare] = figures as [(typeof figures)[number]]
  const text = table(
    [
      'client',
      'deliveries in a second',
      'beside `node:http`',
      'CPU for one, µs',
      'deliveries for the same CPU, beside `node:http`',
    ],
    figures.map(({ name, rate, cpu }) => [
      name,
      Math.round(rate),
      (rate / bare.rate).toFixed(2),
      cpu.toFixed(1),
      (bare.cpu / cpu).toFixed(2),
    ]),
  )
  console.log(text)
  if (only) return
  writeSection(
    'sender',
    `## Deliveries in a second

${rounds} interleaved rounds of ${perRound} POSTs of 1 KB, ${atOnce} at once, to an endpoint in another process; each client in a process of its own;
medians. \`npm run bench:delivery\`. ${machine()}. The first client is the yardstick: it signs nothing, judges no address, keeps no
deadline and does not look at the answer. The second is what one would write by hand: a signature, its headers and a timer are what stand
between it and the first. CPU is that of the client's process, which depends less than the rate on what else the machine has to do.

${text}`,
  )
}

if (client) serve(client, Number(givenPort))
else await compare()
