import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { generateSecret, sign } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleFile } from '../stores/sqlite-files'

const isLong = process.env.FAULTS === 'long'
const count = isLong ? 10_000 : 1000
const connections = 64
const events = 200
const secret = generateSecret()
const body = '{"type":"paid","amount":5}'

interface Report {
  readonly runs: number
  readonly rejections: readonly string[]
  readonly connections: number
  readonly timers: number
  readonly heapBytes: number
}

/** What is sent, and what may be answered; nothing, where the caller has gone. */
interface Kind {
  readonly answers: readonly (number | 'none')[]
  readonly method?: string
  readonly forged?: true
  readonly content?: string
  /** Sends half of it, and then waits or goes away. */
  readonly half?: 'wait' | 'go'
  readonly chunked?: true
}

const genuine: Kind = { answers: [200, 503] }
const kinds: readonly Kind[] = [
  ...Array.from({ length: 12 }, () => genuine),
  { answers: [401], forged: true },
  { answers: [401], content: `${body} ` },
  { answers: [413], content: 'x'.repeat(1001) },
  { answers: [413], content: 'x'.repeat(5000), chunked: true },
  { answers: [405], method: 'PUT' },
  { answers: [405], method: 'DELETE' },
  { answers: ['none'], half: 'go' },
  { answers: [401], half: 'wait' },
]

async function exchange(agent: Agent, port: number, at: number): Promise<void> {
  const { answers, method = 'POST', forged, content = body, half, chunked } = kinds[at % kinds.length] as Kind
  const signed = await sign(standardWebhooks, { secret: forged ? generateSecret() : secret, body, id: `msg_${at % events}` })
  const got = await new Promise<number | 'none'>((resolve) => {
    const headers = { ...signed, 'content-type': 'application/json', ...(!chunked && { 'content-length': content.length }) }
    const outgoing = httpRequest({ agent, port, host: '127.0.0.1', path: '/hooks', method, headers }, (response) => {
      response.on('error', () => undefined)
      response.resume().on('close', () => resolve(response.statusCode as number))
      // A request that was answered before it was sent is not waited for.
      if (half) outgoing.destroy()
    })
    outgoing.on('error', () => resolve('none'))
    if (!half) outgoing.end(content)
    else outgoing.write(content.slice(0, 9), () => half === 'go' && outgoing.destroy())
  })
  if (!answers.includes(got)) throw new Error(`Expected ${answers.join(' or ')} for request ${at}, got ${got}`)
}

async function soak(port: number, from: number, to: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let next = from
  const work = async () => {
    while (next < to) await exchange(agent, port, next++)
  }
  await Promise.all(Array.from({ length: connections }, work))
  agent.destroy()
}

async function report(child: ChildProcess): Promise<Report> {
  child.send('report')
  const [message] = await once(child, 'message')
  return message as Report
}

let program: string
beforeAll(async () => {
  program = await bundleFile('test/adapters/soak-worker.ts')
})

describe.each(['express', 'fastify', 'node'])('%s', (adapter) => {
  it(`takes ${count} requests of every kind, keeps nothing of them, and ends by itself`, { timeout: 120_000 }, async () => {
    const child = fork(program, [adapter, secret], { execArgv: ['--expose-gc', '--no-warnings'], stdio: 'inherit' })
    try {
      const [{ port }] = (await once(child, 'message')) as [{ port: number }]
      const idle = await report(child)
      const settled = () =>
        vi.waitFor(
          async () => {
            const now = await report(child)
            expect(now).toMatchObject({ connections: 0, rejections: [] })
            expect(now.timers).toBeLessThanOrEqual(idle.timers)
            return now
          },
          { timeout: 10_000, interval: 100 },
        )

      const started = performance.now()
      await soak(port, 0, count / 2)
      const half = await settled()
      await soak(port, count / 2, count)
      const seconds = (performance.now() - started) / 1000
      const whole = await settled()
      // What half of them has left must not grow by as much again.
      const grownBytes = whole.heapBytes - half.heapBytes
      expect(grownBytes).toBeLessThan(2 * 1024 * 1024)
      expect(whole.runs).toBe(
        new Set(
          Array.from({ length: count }, (_, at) => at)
            .filter((at) => kinds[at % kinds.length] === genuine)
            .map((at) => at % events),
        ).size,
      )
      if (isLong)
        process.stdout.write(
          `${adapter}: ${count} requests in ${seconds.toFixed(1)} s, heap ${(half.heapBytes / 1e6).toFixed(1)} MB after half, ${(whole.heapBytes / 1e6).toFixed(1)} MB after all, ${whole.timers} timers, ${whole.connections} sockets, ${whole.rejections.length} rejections\n`,
        )

      const ended = once(child, 'exit')
      child.send('close')
      expect(await ended).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
