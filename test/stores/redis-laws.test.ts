import type { IdempotencyStore } from 'countersign/idempotency'
import { redisStore } from 'countersign/stores/redis'
import { storeContract } from 'countersign/testing'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startRedis } from '../servers/redis'
import { startRedisCluster } from '../servers/redis-cluster'

const [server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
afterAll(() => Promise.all([server?.stop(), cluster?.stop()]))

/** Every client of each kind of server, and how it is closed. */
const clients: Readonly<Record<string, () => Promise<{ store: IdempotencyStore<never>; close(): unknown }>>> = {
  async ioredis() {
    const client = new Redis(server?.port ?? 0)
    return { store: redisStore(client, { prefix: 'ioredis:' }), close: () => client.disconnect() }
  },
  async 'node-redis'() {
    const client = await createClient({ url: `redis://127.0.0.1:${server?.port}` }).connect()
    return { store: redisStore(client, { prefix: 'node-redis:' }), close: () => client.destroy() }
  },
  async 'a cluster of ioredis'() {
    const client = new Cluster((cluster?.nodes ?? []).map(({ port }) => ({ host: '127.0.0.1', port })))
    return { store: redisStore(client, { prefix: 'ioredis:' }), close: () => client.disconnect() }
  },
  async 'a cluster of node-redis'() {
    const rootNodes = (cluster?.nodes ?? []).map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
    const client = createCluster({ rootNodes })
    await client.connect()
    return { store: redisStore(client, { prefix: 'node-redis:' }), close: () => client.destroy() }
  },
}

for (const [name, open] of Object.entries(clients)) {
  describe.skipIf(!server || !cluster)(`redisStore on ${name}`, { concurrent: true }, () => {
    let opened: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => void opened.close())
    for (const law of storeContract(() => opened.store, { dropsResults: true })) test(law.name, law.run, 60_000)
  })
}
