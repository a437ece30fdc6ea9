import { setTimeout } from 'node:timers/promises'
import { createIdempotency, type IdempotencyStore } from 'countersign/idempotency'
import { redisStore } from 'countersign/stores/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startProxy } from '../servers/proxy'
import { type RedisSettings, startRedis } from '../servers/redis'

const shared = await startRedis()
afterAll(() => shared?.stop())

const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: 2 * hour })
const claimed = (attempt: number) => ({ status: 'claimed', attempt })
const result = new TextEncoder().encode('done')
const completed = { status: 'completed', result }
let made = 0
const fresh = () => `key/${++made}`
const names = (count: number) => Array.from({ length: count }, (_, index) => `event/${index}`)

function openIoredis(port = shared?.port ?? 0, options: RedisOptions = {}): Redis {
  const client = new Redis({ port, retryStrategy: () => 20, ...options })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}

async function openNodeRedis(port = shared?.port ?? 0) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

async function startOwn(settings?: RedisSettings) {
  const server = await startRedis(settings)
  if (!server) throw new Error('There was a server a moment ago.')
  onTestFinished(() => server.stop())
  return server
}

async function openProxy(port: number) {
  const proxy = await startProxy(port)
  onTestFinished(() => proxy.stop())
  return proxy
}

/** Claims and completes each of the keys. */
async function finish(store: IdempotencyStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    expect(await store.claim(key, holding(`of ${key}`))).toEqual(claimed(1))
    expect(await store.complete(key, `of ${key}`, result, hour)).toBe(true)
  }
}

const statuses = async (store: IdempotencyStore, keys: readonly string[]) =>
  (await Promise.all(keys.map((key) => store.claim(key, holding('next'))))).map(({ status }) => status)

describe.skipIf(!shared)('races', () => {
  test('of 200 claims of each of 20 keys, through four connections of both clients, one wins', async () => {
    const clients = [openIoredis(), openIoredis(), await openNodeRedis(), await openNodeRedis()]
    const stores = clients.map((client) => redisStore(client, { prefix: 'race:' }))
    for (const key of names(20)) {
      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          stores.map((store, client) => store.claim(key, holding(`${client}/${index}`))),
        ).flat(),
      )
      expect(claims.filter(({ status }) => status === 'claimed')).toEqual([claimed(1)])
      expect(claims.filter(({ status }) => status === 'in_progress')).toHaveLength(199)
    }
  })

  test('for a lease that ended: one of 200 takes over, and the stale holder is fenced', async () => {
    const stores = [redisStore(openIoredis()), redisStore(await openNodeRedis())]
    const key = fresh()
    await redisStore(openIoredis()).claim(key, { ...holding('stale'), leaseMs: 0 })
    const claims = await Promise.all(
      stores.flatMap((each, client) => Array.from({ length: 100 }, (_, index) => each.claim(key, holding(`${client}/${index}`)))),
    )
    expect(claims.filter(({ status }) => status === 'claimed')).toEqual([claimed(2)])
    expect(await Promise.all(stores.map((each) => each.complete(key, 'stale', result, hour)))).toEqual([false, false])
  })
})

describe.skipIf(!shared)('an answer that is lost', () => {
  test('of a claim and of a complete: the same call again gives what it would have given', async () => {
    const proxy = await openProxy(shared?.port ?? 0)
    const clients = {
      ioredis: openIoredis(proxy.port, { maxRetriesPerRequest: 0 }),
      'node-redis': await openNodeRedis(proxy.port),
    }
    for (const [name, client] of Object.entries(clients)) {
      const store = redisStore(client)
      const key = `lost/${name}`
      await finish(store, [`warm/${name}`])
      proxy.loseNextAnswer()
      await expect(store.claim(key, holding('mine'))).rejects.toThrow()
      const other = redisStore(openIoredis())
      expect((await other.claim(key, holding('other'))).status).toBe('in_progress')
      expect(await store.claim(key, holding('mine'))).toEqual(claimed(1))
      proxy.loseNextAnswer()
      await expect(store.complete(key, 'mine', result, hour)).rejects.toThrow()
      expect(await other.claim(key, holding('other'))).toEqual(completed)
      expect(await store.complete(key, 'mine', Uint8Array.of(2), hour)).toBe(true)
      expect(await store.claim(key, holding('mine'))).toEqual(completed)
    }
  })

  test('is asked for again by a client that does so itself', async () => {
    const proxy = await openProxy(shared?.port ?? 0)
    const store = redisStore(openIoredis(proxy.port))
    await finish(store, [fresh()])
    const key = fresh()
    proxy.loseNextAnswer()
    expect(await store.claim(key, holding('mine'))).toEqual(claimed(1))
    proxy.loseNextAnswer()
    expect(await store.complete(key, 'mine', result, hour)).toBe(true)
    expect(await store.claim(key, holding('other'))).toEqual(completed)
  })

  test('for too long is an error; what was claimed meanwhile is claimed by the same token', async () => {
    const server = await startOwn()
    const store = redisStore(openIoredis(server.port, { commandTimeout: 100 }))
    await finish(store, [fresh()])
    const key = fresh()
    await openIoredis(server.port).client('PAUSE', 300)
    await expect(store.claim(key, holding('mine'))).rejects.toThrow('timed out')
    await vi.waitFor(async () => expect(await store.claim(key, holding('mine'))).toEqual(claimed(1)), 2000)
  })
})

describe.skipIf(!shared)('kill -9', () => {
  // With appendfsync everysec a write waits for the one before while the disk is slow, up to two seconds.
  const safe = { appendonly: 'yes', appendfsync: 'always' }

  test('and a restart with appendonly keep what was completed, held and given back', async () => {
    const server = await startOwn(safe)
    for (const client of [openIoredis(server.port), await openNodeRedis(server.port)]) {
      const store = redisStore(client, { prefix: `${client.constructor.name}:` })
      const keys = names(200)
      await Promise.all(keys.map((key) => finish(store, [key])))
      expect(await store.check()).toEqual([])
      await store.claim('held', holding('mine'))
      await store.claim('free', holding('mine'))
      await store.release('free', 'mine')
      await server.restart()
      expect(new Set(await statuses(store, keys))).toEqual(new Set(['completed']))
      expect(await store.claim('held', holding('other'))).toMatchObject({ status: 'in_progress' })
      expect(await store.complete('held', 'mine', result, hour)).toBe(true)
      expect(await store.claim('free', holding('other'))).toEqual(claimed(2))
    }
  })

  test('without persistence forgets everything, which check finds', async () => {
    const server = await startOwn()
    const store = redisStore(openIoredis(server.port))
    await finish(store, names(3))
    expect(await store.check()).toMatchObject([{ code: 'persistence' }])
    await server.restart()
    expect(await statuses(store, names(3))).toEqual(['claimed', 'claimed', 'claimed'])
  })

  test('again and again under load: no event is lost, and what was said to be done is not done again', async () => {
    const server = await startOwn(safe)
    const stores = [
      redisStore(openIoredis(server.port, { maxRetriesPerRequest: 0 })),
      redisStore(await openNodeRedis(server.port)),
    ]
    const effects = new Map<string, number>()
    let isOver = false
    const deliver = async (event: string, index: number): Promise<void> => {
      const store = stores[index % 2] as IdempotencyStore
      const { run } = createIdempotency({ store, leaseSeconds: 0.1 })
      const outcome = await run(event, async () => {
        await setTimeout(5)
        effects.set(event, (effects.get(event) ?? 0) + 1)
      }).catch(() => undefined)
      if (outcome) return
      await setTimeout(20)
      return deliver(event, index + 1)
    }
    const killing = (async () => {
      for (let kills = 0; kills < 3; kills++) {
        await setTimeout(100)
        await server.restart()
      }
      isOver = true
    })()
    const events: string[] = []
    while (!isOver) {
      const batch = names(20).map((name) => `${events.length}/${name}`)
      events.push(...batch)
      await Promise.all(batch.map(deliver))
    }
    await killing
    expect(events.filter((event) => !effects.has(event))).toEqual([])
    const before = new Map(effects)
    const again = await Promise.all(
      events.map((key) => createIdempotency({ store: stores[0] as IdempotencyStore }).run(key, () => effects.clear())),
    )
    expect(again.every(({ status }) => status === 'replayed')).toBe(true)
    expect(effects).toEqual(before)
  })

  test('and a long start: a server that is still loading refuses, and then knows', async () => {
    const server = await startOwn({ 'key-load-delay': '20000', 'loading-process-events-interval-bytes': '1024' })
    const client = openIoredis(server.port, { enableReadyCheck: false })
    const store = redisStore(client)
    const keys = names(30)
    for (const key of keys) {
      await store.claim(key, holding('mine'))
      await store.complete(
        key,
        'mine',
        new Uint8Array(4096).map((_, index) => index * index),
        hour,
      )
    }
    await client.save()
    const restarting = server.restart()
    await expect(
      (async () => {
        for (;;) await store.claim('event/0', holding('other')).then(({ status }) => expect(status).toBe('completed'))
      })(),
    ).rejects.toThrow('LOADING')
    await restarting
    expect(new Set(await statuses(store, keys))).toEqual(new Set(['completed']))
  })
})

describe.skipIf(!shared)('a server that refuses', () => {
  test('for want of memory has claimed and completed nothing, and still knows what is done', async () => {
    const server = await startOwn({ appendonly: 'yes' })
    const admin = openIoredis(server.port)
    for (const client of [openIoredis(server.port), await openNodeRedis(server.port)]) {
      const store = redisStore(client, { prefix: `${client.constructor.name}:` })
      await finish(store, ['done'])
      await store.claim('held', holding('mine'))
      await admin.config('SET', 'maxmemory', '1')
      await expect(store.claim('new', holding('mine'))).rejects.toThrow('OOM')
      await expect(store.complete('held', 'mine', result, hour)).rejects.toThrow('OOM')
      await expect(createIdempotency({ store }).run('new', () => expect.fail('it ran'))).rejects.toMatchObject({
        code: 'store_unavailable',
        hint: expect.stringContaining('OOM'),
      })
      expect(await store.claim('done', holding('other'))).toEqual(completed)
      expect((await store.claim('held', holding('other'))).status).toBe('in_progress')
      expect(await store.check()).toEqual([])
      await admin.config('SET', 'maxmemory', '0')
      expect(await store.claim('new', holding('other'))).toEqual(claimed(1))
      expect(await store.complete('held', 'mine', result, hour)).toBe(true)
    }
  })

  test('because it is a replica claims nothing, and check says so', async () => {
    const primary = await startOwn({ appendonly: 'yes' })
    await finish(redisStore(openIoredis(primary.port)), ['done'])
    const replica = await startOwn({
      appendonly: 'yes',
      replicaof: ['127.0.0.1', `${primary.port}`],
      'repl-diskless-sync-delay': '0',
    })
    for (const client of [openIoredis(replica.port), await openNodeRedis(replica.port)]) {
      const store = redisStore(client)
      await vi.waitFor(async () => expect(await openIoredis(replica.port).exists('countersign:done')).toBe(1), 5000)
      await expect(store.claim('new', holding('mine'))).rejects.toThrow('READONLY')
      expect(await store.claim('done', holding('other'))).toEqual(completed)
      expect(await store.check()).toMatchObject([{ code: 'replica' }])
    }
  })

  test('because too few replicas follow claims nothing', async () => {
    const server = await startOwn({ 'min-replicas-to-write': '1' })
    const client = openIoredis(server.port)
    await expect(redisStore(client).claim('new', holding('mine'))).rejects.toThrow('NOREPLICAS')
    expect(await client.exists('countersign:new')).toBe(0)
  })
})

describe.skipIf(!shared)('failover', () => {
  test('keeps what the replica had received, forgets the rest, and check warns of it', async () => {
    const primary = await startOwn({ appendonly: 'yes' })
    const proxy = await openProxy(primary.port)
    const replica = await startOwn({
      appendonly: 'yes',
      replicaof: ['127.0.0.1', `${proxy.port}`],
      'repl-diskless-sync-delay': '0',
    })
    const client = openIoredis(primary.port)
    const store = redisStore(client)
    const [early, late] = [names(20), names(20).map((name) => `late/${name}`)]
    await vi.waitFor(async () => expect(await client.info('replication')).toContain('state=online'), 5000)
    await finish(store, early)
    expect(await client.wait(1, 2000)).toBe(1)
    expect(await store.check()).toMatchObject([{ code: 'min_replicas_to_write' }])
    proxy.stall()
    await finish(store, late)
    expect(await client.wait(1, 50)).toBe(0)

    await primary.kill()
    const heir = openIoredis(replica.port)
    await heir.call('REPLICAOF', 'NO', 'ONE')
    // It has never seen the scripts.
    const after = redisStore(heir)
    expect(new Set(await statuses(after, early))).toEqual(new Set(['completed']))
    expect(new Set(await statuses(after, late))).toEqual(new Set(['claimed']))
  })

  test('check is content with a server that waits for its replicas', async () => {
    const primary = await startOwn({ appendonly: 'yes', 'min-replicas-to-write': '1' })
    await startOwn({ replicaof: ['127.0.0.1', `${primary.port}`] })
    const client = openIoredis(primary.port)
    const store = redisStore(client)
    await vi.waitFor(async () => expect(await store.claim('a', holding('mine'))).toEqual(claimed(1)), 5000)
    expect(await store.check()).toEqual([])
  })
})

describe.skipIf(!shared)('memory that runs out', () => {
  async function fill(policy: string) {
    const server = await startOwn({ appendonly: 'yes', maxmemory: '3mb', 'maxmemory-policy': policy })
    const store = redisStore(openIoredis(server.port))
    const done: string[] = []
    const refusals = new Set<string>()
    for (const key of names(2000)) {
      try {
        await store.claim(key, holding('mine'))
        await store.complete(key, 'mine', new Uint8Array(1000).fill(97), hour)
        done.push(key)
      } catch (error) {
        refusals.add(String(error).slice(0, 30))
      }
    }
    const codes = (await store.check()).map(({ code }) => code)
    const stillDone = await Promise.all(done.map((key) => store.claim(key, holding('other')).catch(() => undefined)))
    return { codes, done: done.length, refusals, forgotten: stillDone.filter((claim) => claim?.status !== 'completed').length }
  }

  test('under noeviction refuses, and forgets nothing', async () => {
    const { codes, done, refusals, forgotten } = await fill('noeviction')
    expect(done).toBeGreaterThan(100)
    expect(done).toBeLessThan(2000)
    expect([...refusals]).toEqual([expect.stringContaining('OOM')])
    expect(forgotten).toBe(0)
    expect(codes).toEqual([])
  })

  test.each(['allkeys-lru', 'volatile-ttl'])('under %s forgets what was done, which check finds', async (policy) => {
    const { codes, done, forgotten } = await fill(policy)
    expect(done).toBe(2000)
    expect(forgotten).toBeGreaterThan(100)
    expect(codes).toEqual(['maxmemory_policy'])
  })
})

describe.skipIf(!shared)('scripts that the server forgets', () => {
  test('all the time, are sent again, and nothing else changes', async () => {
    const server = await startOwn()
    const admin = openIoredis(server.port)
    const stores = [redisStore(openIoredis(server.port)), redisStore(await openNodeRedis(server.port))]
    let isOver = false
    let flushes = 0
    const flushing = (async () => {
      while (!isOver) {
        await admin.script('FLUSH')
        flushes++
      }
    })()
    for (const [index, key] of names(300).entries()) {
      const store = stores[index % 2] as IdempotencyStore
      const claims = await Promise.all(stores.map((each, client) => each.claim(key, holding(`${client}`))))
      expect(claims.map(({ status }) => status).sort()).toEqual(['claimed', 'in_progress'])
      const holder = `${claims.findIndex(({ status }) => status === 'claimed')}`
      expect(await store.extend(key, holder, hour)).toBe(true)
      expect(await store.complete(key, holder, result, hour)).toBe(true)
      expect(await store.release(key, holder)).toBe(false)
    }
    isOver = true
    await flushing
    expect(flushes).toBeGreaterThan(100)
    expect(await admin.info('commandstats')).toMatch(/cmdstat_evalsha:.*failed_calls=[1-9]\d/)
  })
})

describe.skipIf(!shared)('the caller’s clock', () => {
  test.each([-hour, hour])('off by %d ms changes nothing', async (offset) => {
    const client = openIoredis()
    const store = redisStore(client)
    const [key, done] = [fresh(), fresh()]
    await client.ping()
    const real = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: real + offset })
    onTestFinished(() => void vi.useRealTimers())
    expect(Math.abs(Date.now() - real - offset)).toBeLessThan(1000)
    expect(await store.claim(key, { token: 'mine', leaseMs: hour / 2, retentionMs: hour })).toEqual(claimed(1))
    await finish(store, [done])
    vi.useRealTimers()
    const claim = await store.claim(key, holding('other'))
    expect(claim.status === 'in_progress' && claim.retryAfterMs).toBeGreaterThan(hour / 2 - 10_000)
    expect(await client.pttl(`countersign:${key}`)).toBeGreaterThan(hour - 10_000)
    expect(await client.pttl(`countersign:${key}`)).toBeLessThanOrEqual(hour)
    expect(await store.claim(done, holding('other'))).toEqual(completed)
    vi.useFakeTimers({ toFake: ['Date'], now: real + offset })
    expect(await store.extend(key, 'mine', 0)).toBe(true)
    expect(await store.claim(key, holding('other'))).toEqual(claimed(2))
  })
})
