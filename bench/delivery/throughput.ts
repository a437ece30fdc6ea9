// Signed and guarded deliveries in a second, beside bare clients that do neither: npm run bench:delivery
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import axios from 'axios'
import * as undici from 'undici'
import { machine, median, table, writeSection } from '../report'

// As it is installed, and not as tsx would make it.
const built = new URL('../../dist/', import.meta.url).href
const { createSender } = (await import(`${built}sender/index.js`)) as typeof import('../../src/sender/index')
const { createSender: createFetchSender } = (await import(`${built}sender/fetch.js`)) as typeof import('../../src/sender/fetch')
const { standardWebhooks } = (await import(`${built}schemes/index.js`)) as typeof import('../../src/schemes/index')

const rounds = Number(process.env['ROUNDS'] ?? 9)
const perRound = Number(process.env['PER_ROUND'] ?? 2000)
const atOnce = 64
const body = Buffer.from(JSON.stringify({ data: 'x'.repeat(1013) }))

const server = spawn(process.execPath, [
  '-e',
  `require('node:http').createServer({ keepAliveTimeout: 60000 }, (request, response) => request.resume().on('end', () => response.end('ok')))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
])
const [line] = await once(server.stdout, 'data')
const port = Number(line)
const url = `http://127.0.0.1:${port}/hooks`
const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }

const agent = new Agent({ keepAlive: true })
const bare = () =>
  new Promise<void>((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers }, (response) => response.resume().on('end', resolve))
    sent.on('error', reject).end(body)
  })

const common = {
  scheme: standardWebhooks,
  guard: { ports: [port], allow: ['127.0.0.1/32'] },
  inFlightPerEndpoint: atOnce,
}
const senders = [createSender(common), createSender({ ...common, undici }), createFetchSender(common)] as const
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
let number = 0
const by = (sender: (typeof senders)[number]) => async () => {
  const { verdict, code } = await sender.attempt({ url, secret }, { id: `msg_${++number}`, body })
  if (verdict !== 'delivered') throw new Error(`Not delivered: ${code}`)
}

const dispatcher = new undici.Agent()
const own = axios.create({ httpAgent: agent })
const contenders: Record<string, () => Promise<unknown>> = {
  '`node:http`, kept alive': bare,
  '`undici.request`': async () => {
    const answer = await undici.request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    await answer.body.dump()
  },
  '`fetch`': async () => {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    await answer.text()
  },
  '`axios`, kept alive': () => own.post(url, body, { headers, responseType: 'text' }),
  '**countersign**, signed and guarded': by(senders[0]),
  '**countersign** by undici, signed and guarded': by(senders[1]),
  '**countersign** by fetch, signed': by(senders[2]),
}

/** Deliveries in a second. */
async function rate(act: () => Promise<unknown>, count: number): Promise<number> {
  let left = count
  const started = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await act()
    }),
  )
  return (count / (performance.now() - started)) * 1000
}

const only = process.env['ONLY']
const chosen = Object.entries(contenders).filter(([name]) => !only || name.includes(only))
for (const [, act] of chosen) await rate(act, perRound / 2)
const figures = new Map<string, number[]>(chosen.map(([name]) => [name, []]))
for (let round = 0; round < rounds; round++) {
  // Another one first each time, so that none is always after the same.
  for (let turn = 0; turn < chosen.length; turn++) {
    const [name, act] = chosen[(round + turn) % chosen.length] as (typeof chosen)[number]
    figures.get(name)?.push(await rate(act, perRound))
  }
}

const of = (name: string) => median(figures.get(name) ?? [])
const [yardstick = ''] = Object.keys(contenders)
const rows = chosen.map(([name]) => [name, Math.round(of(name)), (of(name) / of(yardstick)).toFixed(2)])
const text = table(['client', 'deliveries in a second', 'beside `node:http`'], rows)
console.log(text)
for (const sender of senders) sender.close()
agent.destroy()
await dispatcher.destroy()
server.kill()
if (!only) {
  writeSection(
    'sender',
    `## Deliveries in a second

${rounds} interleaved rounds of ${perRound} POSTs of 1 KB, ${atOnce} at once, to an endpoint in another process; medians. \`npm run bench:delivery\`.
${machine()}. The bare clients sign nothing and judge no address.

${text}`,
  )
}
