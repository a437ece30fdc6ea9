import { randomBytes, randomUUID } from 'node:crypto'
import { redisStore } from 'countersign/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { startRedis } from '../../test/servers/redis'

/** One way to claim a key and complete it. */
type Cycle = (key: string, token: string) => Promise<unknown>

/** Many and short ones, since machines are busy with other things now and then. */
const rounds = 40
const cyclesPerRound = 1500
const leaseMs = 30_000
const retentionMs = 3_600_000
const body = JSON.stringify({ status: 200, body: 'x'.repeat(150) })
const result = new TextEncoder().encode(body)

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** What a cycle takes, in microseconds: of time, which a busy machine stretches, and of work, here and in the server. */
interface Cost {
  readonly time: number
  readonly work: number
}

async function measure(cycle: Cycle, concurrency: number): Promise<Cost> {
  let left = cyclesPerRound
  const [started, worked] = [performance.now(), await workSoFar()]
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) await cycle(`github/hooks//${randomUUID()}`, randomBytes(18).toString('base64url'))
    }),
  )
  const time = (performance.now() - started) * 1000
  return { time: time / cyclesPerRound, work: ((await workSoFar()) - worked) / cyclesPerRound }
}

async function workSoFar(): Promise<number> {
  const info = await ioredis.info('cpu')
  const ofServer = Array.from(info.matchAll(/used_cpu_(?:user|sys):([\d.]+)/g), ([, seconds]) => Number(seconds) * 1e6)
  const { user, system } = process.cpuUsage()
  return ofServer.reduce((sum, work) => sum + work, user + system)
}

const fenced = (store: ReturnType<typeof redisStore>): Cycle =>
  async function cycle(key, token) {
    await store.claim(key, { token, leaseMs, retentionMs })
    await store.complete(key, token, result, retentionMs)
  }

const server = await startRedis({ appendonly: 'yes' })
if (!server) throw new Error('There is no redis-server on this machine.')
const ioredis = new Redis(server.port)
const nodeRedis = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect()

const clients: Readonly<Record<string, { readonly store: Cycle; readonly pair: Cycle }>> = {
  ioredis: {
    store: fenced(redisStore(ioredis)),
    async pair(key, token) {
      await ioredis.set(key, token, 'PX', leaseMs, 'NX')
      await ioredis.set(key, body, 'PX', retentionMs)
    },
  },
  'node-redis': {
    store: fenced(redisStore(nodeRedis)),
    async pair(key, token) {
      await nodeRedis.set(key, token, { expiration: { type: 'PX', value: leaseMs }, condition: 'NX' })
      await nodeRedis.set(key, body, { expiration: { type: 'PX', value: retentionMs } })
    },
  },
}

console.log(`Claim and complete beside SET NX and SET, which fence nothing; medians of ${rounds} interleaved rounds.`)
for (const [name, { store, pair }] of Object.entries(clients)) {
  for (const concurrency of [64, 200]) {
    const costs: { readonly store: Cost; readonly pair: Cost }[] = []
    for (let round = 0; round < rounds; round++) {
      const [first, second] = round % 2 ? [store, pair] : [pair, store]
      const [early, late] = [await measure(first, concurrency), await measure(second, concurrency)]
      costs.push(round % 2 ? { store: early, pair: late } : { store: late, pair: early })
    }
    await ioredis.flushall()
    const of = (figure: (both: (typeof costs)[number]) => number) => Math.round(median(costs.map(figure)))
    console.log(
      `${name}, ${concurrency} at once: ${of(({ store }) => 1e6 / store.time)} per second, the pair ${of(({ pair }) => 1e6 / pair.time)}:`,
      `${of(({ store, pair }) => (100 * pair.time) / store.time)} %;`,
      `${of(({ store }) => store.work)} µs of work, the pair ${of(({ pair }) => pair.work)}:`,
      `${of(({ store, pair }) => (100 * pair.work) / store.work)} %`,
    )
  }
}

const used = async () => Number(/used_memory:(\d+)/.exec(await ioredis.info('memory'))?.[1])
for (const [what, bytes] of [
  ['no result', undefined],
  ['a result of 20 bytes', result.subarray(0, 20)],
  [`a result of ${result.length} bytes`, result],
] as const) {
  await ioredis.flushall('SYNC')
  const store = redisStore(ioredis)
  const before = await used()
  const keys = 50_000
  await Promise.all(
    Array.from({ length: keys }, async () => {
      const [key, token] = [`github/hooks//${randomUUID()}`, randomBytes(18).toString('base64url')]
      await store.claim(key, { token, leaseMs, retentionMs })
      await store.complete(key, token, bytes, retentionMs)
    }),
  )
  console.log(`Memory of a completed key of 50 bytes with ${what}: ${Math.round(((await used()) - before) / keys)} bytes`)
}

ioredis.disconnect()
nodeRedis.destroy()
await server.stop()
