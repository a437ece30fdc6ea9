import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { CachePersistenceLayer } from '@aws-lambda-powertools/idempotency/cache'
import { Idempotency } from '@node-idempotency/core'
import { RedisStorageAdapter } from '@node-idempotency/storage-adapter-redis'
import { createIdempotency } from 'countersign/idempotency'
import { redisStore } from 'countersign/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { startRedis } from '../../test/servers/redis'
import { answer, type Contest, cycleOf, duplicateOf, freshKey, freshToken, leaseMs, retentionMs } from './contest'

const body = JSON.stringify(answer)

async function start() {
  const server = await startRedis({ appendonly: 'yes' })
  if (!server) throw new Error('There is no redis-server on this machine.')
  const [ioredis, nodeRedis] = [new Redis(server.port), await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect()]
  const close = async () => {
    ioredis.disconnect()
    nodeRedis.destroy()
    await server.stop()
  }
  return { server, ioredis, nodeRedis, close }
}

/** Beside SET NX and SET, which fence nothing. */
export async function withIoredis(): Promise<Contest> {
  const { ioredis, close } = await start()
  const store = redisStore(ioredis)
  return {
    title: 'Redis with ioredis',
    atOnce: 64,
    perRound: 3000,
    contenders: [
      {
        name: 'SET NX and SET, which fence nothing',
        async act() {
          const key = freshKey()
          await ioredis.set(key, freshToken(), 'PX', leaseMs, 'NX')
          await ioredis.set(key, body, 'PX', retentionMs)
        },
      },
      { name: '`redisStore`: claim and complete', act: cycleOf(store) },
      { name: '`redisStore`: a duplicate', act: await duplicateOf(store) },
    ],
    close,
  }
}

/** Beside the peers, each as its own documentation uses it. */
export async function withPeers(): Promise<Contest> {
  const { server, nodeRedis, close } = await start()
  const store = redisStore(nodeRedis)
  const { run } = createIdempotency({ store })
  const adapter = new RedisStorageAdapter({ url: `redis://127.0.0.1:${server.port}` })
  await adapter.connect()
  const peer = new Idempotency(adapter, { cacheTTLMS: retentionMs })
  process.env['POWERTOOLS_SERVICE_NAME'] = 'bench'
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'id', expiresAfterSeconds: retentionMs / 1000 })
  config.registerLambdaContext({ getRemainingTimeInMillis: () => leaseMs } as never)
  const handle = makeIdempotent(async (_: { id: string }) => answer, {
    config,
    persistenceStore: new CachePersistenceLayer({ client: nodeRedis as never }),
  })
  return {
    title: 'Redis with node-redis, from the key to the kept answer',
    atOnce: 64,
    perRound: 2000,
    contenders: [
      { name: '`createIdempotency` on `redisStore`', act: () => run(freshKey(), () => answer) },
      {
        name: '`@node-idempotency/core` on its Redis adapter',
        async act() {
          const request = { headers: { 'idempotency-key': freshKey() }, path: '/hooks', method: 'POST', body: {} }
          await peer.onRequest(request)
          await peer.onResponse(request, { body: answer })
        },
      },
      { name: '`@aws-lambda-powertools/idempotency` on its cache layer', act: () => handle({ id: freshKey() }) },
    ],
    async close() {
      await adapter.disconnect()
      await close()
    },
  }
}
