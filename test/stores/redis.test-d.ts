import { createIdempotency, type IdempotencyStore, type TransactionalStore } from 'countersign/idempotency'
import { redisStore } from 'countersign/stores/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis'

const store = redisStore(new Redis())

// Any client of either package, without a cast, is a store like any other.
const stores: IdempotencyStore[] = [
  store,
  redisStore(new Redis({ protocol: 3, keyPrefix: 'app:' }), { prefix: 'events:' }),
  redisStore(new Cluster([])),
  redisStore(createClient()),
  redisStore(createClient({ RESP: 2 })),
  redisStore(createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })),
  redisStore(createClientPool()),
  redisStore(createCluster({ rootNodes: [] })),
  redisStore(createSentinel({ name: 'primary', sentinelRootNodes: [] })),
]

// Nothing commits together with Redis.
createIdempotency({ store }).run('a', () => 1)
// @ts-expect-error
createIdempotency({ store }).run('a', () => 1, { transaction: true })
// @ts-expect-error
const transactional: TransactionalStore<unknown> = store
// @ts-expect-error
store.complete('a', 'token', undefined, 1, {})

// @ts-expect-error: a client, never a URL
redisStore('redis://localhost')
// @ts-expect-error
redisStore({})

void stores
void transactional
