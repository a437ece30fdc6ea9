import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort, type RedisServer, startRedis } from './redis'

/** Three primaries of a Redis Cluster, which share the slots. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

const slotCount = 16_384

/** Starts a cluster; undefined as in `startRedis`. */
export async function startRedisCluster(): Promise<RedisCluster | undefined> {
  const started = await Promise.all(
    Array.from({ length: 3 }, async () =>
      startRedis({ 'cluster-enabled': 'yes', 'cluster-port': `${await freePort()}`, 'cluster-node-timeout': '2000' }),
    ),
  )
  const nodes = started.filter((node) => node !== undefined)
  const [first] = nodes
  if (!first) return undefined
  const clients = nodes.map(({ port }) => new Redis(port))
  const share = Math.ceil(slotCount / clients.length)
  await Promise.all(
    clients.map(async (client, index) => {
      await client.cluster('SET-CONFIG-EPOCH', index + 1)
      await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min((index + 1) * share, slotCount) - 1)
      const bus = await client.config('GET', 'cluster-port')
      await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', `${nodes[index]?.port}`, (bus as string[])[1] as string)
    }),
  )
  const isReady = async (client: Redis) => {
    const info = (await client.cluster('INFO')) as string
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
  }
  while (!(await Promise.all(clients.map(isReady))).every(Boolean)) await setTimeout(20)
  for (const client of clients) client.disconnect()
  return { nodes, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) }
}
