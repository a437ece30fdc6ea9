import { createHash } from 'node:crypto'
import { ConfigurationError } from 'countersign'
import { createIdempotency, IdempotencyError, type IdempotencyStore } from 'countersign/idempotency'
import { type RedisStoreOptions, redisStore } from 'countersign/stores/redis'
import fc from 'fast-check'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { createClient, createClientPool, createCluster, RESP_TYPES } from 'redis'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { scripts } from '../../src/stores/redis/scripts'
import { load } from '../crypto/runtimes'
import { type RedisSettings, startRedis } from '../servers/redis'
import { startRedisCluster } from '../servers/redis-cluster'

const server = await startRedis()
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(() => server?.stop())

const hour = 3_600_000
const holding = (token: string) => ({ token, leaseMs: hour, retentionMs: 2 * hour })
let made = 0
const fresh = () => `key/${++made}`

function openIoredis(options: RedisOptions = {}, port = server?.port ?? 0): Redis {
  const client = new Redis({ port, ...options })
  closing.push(() => client.disconnect())
  return client
}

async function openNodeRedis(port = server?.port ?? 0) {
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  closing.push(() => client.destroy())
  return client.connect()
}

/** A store of each client, in each way that clients can be set to give replies. */
const openers: Readonly<Record<string, (options?: RedisStoreOptions) => IdempotencyStore | Promise<IdempotencyStore>>> = {
  ioredis: (options) => redisStore(openIoredis(), options),
  'ioredis with RESP 3': (options) => redisStore(openIoredis({ protocol: 3, replyMapping: 'resp3' }), options),
  'ioredis with numbers as text': (options) => redisStore(openIoredis({ stringNumbers: true }), options),
  'ioredis with pipelines': (options) => redisStore(openIoredis({ enableAutoPipelining: true }), options),
  'node-redis': async (options) => redisStore(await openNodeRedis(), options),
  async 'node-redis with RESP 2'(options) {
    const client = createClient({ url: `redis://127.0.0.1:${server?.port}`, RESP: 2 })
    closing.push(() => client.destroy())
    return redisStore(await client.connect(), options)
  },
  async 'node-redis with buffers'(options) {
    const client = (await openNodeRedis()).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String })
    return redisStore(client, options)
  },
  async 'a pool of node-redis'(options) {
    const pool = createClientPool({ url: `redis://127.0.0.1:${server?.port}` })
    closing.push(() => pool.destroy())
    await pool.connect()
    return redisStore(pool, options)
  },
}

describe.skipIf(!server).each(Object.keys(openers))('on %s', (name) => {
  const open = openers[name] as (typeof openers)[string]

  test('a key is claimed, held, extended, given back, completed and replayed', async () => {
    const store = await open()
    const key = fresh()
    expect(await store.claim(key, { ...holding('a'), fingerprint: '' })).toEqual({ status: 'claimed', attempt: 1 })
    expect(await store.claim(key, holding('b'))).toEqual({ status: 'in_progress', retryAfterMs: expect.any(Number) })
    expect(await store.claim(key, { ...holding('b'), fingerprint: 'other' })).toEqual({ status: 'mismatch' })
    expect(await store.extend(key, 'a', hour)).toBe(true)
    expect(await store.release(key, 'a')).toBe(true)
    expect(await store.claim(key, holding('b'))).toEqual({ status: 'claimed', attempt: 2 })
    expect(await store.complete(key, 'a', undefined, hour)).toBe(false)
    expect(await store.complete(key, 'b', undefined, hour)).toBe(true)
    expect(await store.claim(key, holding('c'))).toEqual({ status: 'completed', result: undefined })
  })

  test('any result comes back to the byte', async () => {
    const store = await open()
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (result) => {
        const key = fresh()
        await store.claim(key, holding('a'))
        expect(await store.complete(key, 'a', result, hour)).toBe(true)
        expect(await store.claim(key, holding('b'))).toEqual({ status: 'completed', result })
      }),
      { numRuns: 50 },
    )
  })

  test('large results, cut anywhere on the wire, and a byte order mark come back to the byte', async () => {
    const store = await open()
    const random = Uint8Array.from({ length: 3_000_001 }, (_, index) => (index * 2_654_435_761) >>> 24)
    const results = [random, new TextEncoder().encode('東京🗼é'.repeat(200_000)), Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)]
    for (const result of results) {
      const key = fresh()
      await store.claim(key, holding('a'))
      await store.complete(key, 'a', result, hour)
      const claim = await store.claim(key, holding('b'))
      expect(claim.status === 'completed' && claim.result && Buffer.compare(claim.result, result)).toBe(0)
    }
  })
})

describe.skipIf(!server)('on the wire', () => {
  test.each(['ioredis', 'node-redis'])('%s claims in one round trip and completes in one', async (name) => {
    const store = await (openers[name] as (typeof openers)[string])()
    // The server learns the scripts once.
    await store.claim(fresh(), holding('a'))
    await store.complete(fresh(), 'a', undefined, hour)
    // Its own greeting must be over before the monitor listens.
    const observer = openIoredis()
    await observer.ping()
    const monitor = await observer.monitor()
    closing.push(() => monitor.disconnect())
    const commands: string[] = []
    // What scripts do has no address of its own.
    monitor.on('monitor', (_, [command], source) => source !== 'lua' && commands.push(String(command).toLowerCase()))
    const key = fresh()
    const { run } = createIdempotency({ store })
    expect(await run(key, () => 'done')).toEqual({ status: 'executed', result: 'done' })
    expect(await run(key, () => 'never')).toEqual({ status: 'replayed', result: 'done' })
    await observer.echo('end')
    while (!commands.includes('echo')) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(commands.filter((command) => command.startsWith('eval'))).toEqual(['evalsha', 'evalsha', 'evalsha'])
    expect(commands.filter((command) => !['evalsha', 'echo'].includes(command))).toEqual([])
  })

  test('EVALSHA names a script as the server does', async () => {
    const client = openIoredis()
    for (const { text, sha } of Object.values(scripts)) {
      expect(sha).toBe(createHash('sha1').update(text).digest('hex'))
      expect(await client.script('LOAD', text)).toBe(sha)
    }
  })

  test('where there is no node:crypto the scripts are sent as they are', async () => {
    const { redisStore: without } = await load('Web Crypto', () => import('countersign/stores/redis'))
    const client = openIoredis()
    await client.config('RESETSTAT')
    const store = without(client)
    const key = fresh()
    expect(await store.claim(key, holding('a'))).toEqual({ status: 'claimed', attempt: 1 })
    expect(await store.complete(key, 'a', undefined, hour)).toBe(true)
    const stats = await client.info('commandstats')
    expect(stats).toContain('cmdstat_eval:calls=2,')
    expect(stats).not.toContain('cmdstat_evalsha')
  })
})

describe.skipIf(!server)('in the server', () => {
  test('a key is one value, which expires with its retention', async () => {
    const client = openIoredis()
    const store = redisStore(client, { prefix: 'mine:' })
    const expectExpiry = async (milliseconds: number) => {
      const left = await client.pttl('mine:a')
      expect(left).toBeLessThanOrEqual(milliseconds)
      expect(left).toBeGreaterThan(milliseconds - 10_000)
    }
    await store.claim('a', { ...holding('token'), fingerprint: 'body' })
    await expectExpiry(2 * hour)
    await store.extend('a', 'token', 3 * hour)
    await expectExpiry(3 * hour)
    await store.extend('a', 'token', hour)
    await expectExpiry(3 * hour)
    await store.release('a', 'token', { retryAfterMs: 0 })
    await expectExpiry(3 * hour)
    await store.claim('a', holding('next'))
    await expectExpiry(2 * hour)
    await store.complete('a', 'next', new TextEncoder().encode('{"é":1}'), hour)
    await expectExpiry(hour)
    expect(await client.get('mine:a')).toContain('{"é":1}')
    expect(await client.keys('mine:*')).toEqual(['mine:a'])
  })

  test('what a stale token asks for changes not a byte', async () => {
    const client = openIoredis()
    const store = redisStore(client)
    const key = fresh()
    await store.claim(key, { ...holding('stale'), leaseMs: 0 })
    await store.claim(key, holding('holder'))
    const before = await client.dumpBuffer(`countersign:${key}`)
    const expiry = await client.call('PEXPIRETIME', `countersign:${key}`)
    expect(await store.complete(key, 'stale', Uint8Array.of(1), 1)).toBe(false)
    expect(await store.release(key, 'stale')).toBe(false)
    expect(await store.extend(key, 'stale', 9 * hour)).toBe(false)
    expect((await store.claim(key, holding('stale'))).status).toBe('in_progress')
    expect(await client.dumpBuffer(`countersign:${key}`)).toEqual(before)
    expect(await client.call('PEXPIRETIME', `countersign:${key}`)).toBe(expiry)
  })

  test('prefixes keep keys apart, the client’s own too', async () => {
    const stores = [
      redisStore(openIoredis()),
      redisStore(openIoredis(), { prefix: '' }),
      redisStore(openIoredis(), { prefix: 'a:' }),
      redisStore(openIoredis({ keyPrefix: 'a:' })),
    ]
    const key = fresh()
    for (const store of stores) expect((await store.claim(key, holding('t'))).status).toBe('claimed')
    expect(await openIoredis().exists(key, `countersign:${key}`, `a:${key}`, `a:countersign:${key}`)).toBe(4)
  })

  test('something else under the name of a key is an error', async () => {
    const client = openIoredis()
    await client.hset('countersign:other', 'field', 'text')
    const store = redisStore(client)
    await expect(store.claim('other', holding('t'))).rejects.toThrow('WRONGTYPE')
    await expect(createIdempotency({ store }).run('other', () => 1)).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('WRONGTYPE'),
    })
    expect(await client.hgetall('countersign:other')).toEqual({ field: 'text' })
    for (const text of ['text', '', '5', '{"a":1}', '\x90', '\x93']) {
      await client.set('countersign:other', text)
      await expect(store.claim('other', holding('t'))).rejects.toThrow('user_script')
      await store.complete('other', 't', undefined, hour).catch(() => undefined)
      expect(await client.get('countersign:other')).toBe(text)
    }
  })
})

describe.skipIf(!server)('what is refused', () => {
  test.each([undefined, null, 'redis://localhost', {}, { evalsha: 'text' }])('as a client: %j', (client) => {
    expect(() => redisStore(client as never)).toThrow(ConfigurationError)
    expect(() => redisStore(client as never)).toThrow('Expected `client` to be a client of ioredis or node-redis, got ')
  })

  test.each([7, null, '\uD800'])('as a prefix: %j', (prefix) => {
    expect(() => redisStore(openIoredis(), { prefix: prefix as never })).toThrow(/Expected `prefix` to be well-formed text, got/)
  })

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5', undefined])(
    'as a time, before anything is written: %j',
    async (time) => {
      const client = openIoredis()
      const store = redisStore(client)
      const key = fresh()
      const wrong = time as number
      await expect(store.claim(key, { ...holding('t'), leaseMs: wrong })).rejects.toBeInstanceOf(ConfigurationError)
      await expect(store.claim(key, { ...holding('t'), retentionMs: wrong })).rejects.toBeInstanceOf(ConfigurationError)
      expect(await client.exists(`countersign:${key}`)).toBe(0)
      await expect(store.complete(key, 't', undefined, wrong)).rejects.toBeInstanceOf(ConfigurationError)
      await expect(store.extend(key, 't', wrong)).rejects.toBeInstanceOf(ConfigurationError)
      if (time !== undefined)
        await expect(store.release(key, 't', { retryAfterMs: wrong })).rejects.toBeInstanceOf(ConfigurationError)
    },
  )

  test('no time that the engine takes: a thousand years, and parts of a millisecond', async () => {
    const store = redisStore(openIoredis())
    const key = fresh()
    expect(await store.claim(key, { token: 't', leaseMs: 0.5, retentionMs: 31_557_600_000_000 })).toEqual({
      status: 'claimed',
      attempt: 1,
    })
    expect(await store.extend(key, 't', 31_557_600_000_000)).toBe(true)
    expect(await store.claim(key, holding('other'))).toEqual({ status: 'in_progress', retryAfterMs: expect.any(Number) })
    expect(await store.complete(key, 't', undefined, 31_557_600_000_000)).toBe(true)
    expect((await store.claim(key, holding('other'))).status).toBe('completed')
  })

  test('a result of more than 16 MiB, before it is sent; the key stays held', async () => {
    const store = redisStore(openIoredis())
    const key = fresh()
    await store.claim(key, holding('t'))
    const error = await store.complete(key, 't', new Uint8Array(16 * 1024 * 1024 + 1), hour).catch((caught) => caught)
    expect(error).toBeInstanceOf(IdempotencyError)
    expect(error).toMatchObject({ code: 'store_unavailable', hint: expect.stringContaining('16777217 bytes') })
    expect((await store.claim(key, holding('other'))).status).toBe('in_progress')
    expect(await store.complete(key, 't', new Uint8Array(16 * 1024 * 1024).fill(97), hour)).toBe(true)
  })

  test.each([
    ['nothing', undefined],
    ['zero', 0],
    ['a word', 'OK'],
    ['another status', ['granted', 1]],
    ['no status', [1, 1]],
    ['no result', ['completed', 7]],
  ])('as the answer to a claim: %s', async (_, answer) => {
    const store = redisStore(Object.assign(openIoredis(), { evalsha: async () => answer }))
    await expect(store.claim(fresh(), holding('t'))).rejects.toThrow(/`claim` answered|Expected the client to give text/)
  })

  test.each([undefined, 2, 'OK'])('as the answer to a complete, release or extend: %j', async (answer) => {
    const store = redisStore(Object.assign(openIoredis(), { evalsha: async () => answer }))
    await expect(store.complete(fresh(), 't', undefined, hour)).rejects.toThrow('answered')
    await expect(store.release(fresh(), 't')).rejects.toThrow('answered')
    await expect(store.extend(fresh(), 't', hour)).rejects.toThrow('answered')
  })
})

describe.skipIf(!server)('check', () => {
  const good = { appendonly: 'yes' }
  async function codes(settings: RedisSettings, change: (client: Redis) => unknown = () => undefined) {
    const own = await startRedis(settings)
    closing.push(() => own?.stop())
    const client = openIoredis({ enableReadyCheck: false }, own?.port)
    await change(client)
    const findings = await redisStore(client).check()
    expect(await redisStore(await openNodeRedis(own?.port)).check()).toEqual(findings)
    expect(findings.every(({ message }) => message.length > 40)).toBe(true)
    return findings.map(({ code }) => code)
  }

  test('finds nothing where all is well', async () => expect(await codes(good)).toEqual([]))

  test('finds each setting that is wrong, whatever the client gives', async () => {
    expect(await codes(good, (client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'))).toEqual(['maxmemory_policy'])
    expect(await codes({ ...good, 'maxmemory-policy': 'volatile-ttl', appendfsync: 'no' })).toEqual([
      'maxmemory_policy',
      'appendfsync',
    ])
    expect(await codes({})).toEqual(['persistence'])
    expect(await codes({ save: ['3600', '1'] })).toEqual(['appendonly'])
    const stores = await Promise.all(Object.values(openers).map((open) => open()))
    for (const store of stores)
      expect(await (store as ReturnType<typeof redisStore>).check()).toMatchObject([{ code: 'persistence' }])
  })

  test('says what the server does not tell, and finds the rest', async () => {
    expect(await codes({ ...good, 'maxmemory-policy': 'allkeys-lfu', 'rename-command': ['CONFIG', ''] })).toEqual([
      'maxmemory_policy',
      'unchecked',
    ])
    const user = ['default', 'on', 'nopass', '~*', '+@all', '-config']
    expect(await codes({ ...good, user })).toEqual(['unchecked'])
    expect(await codes({ ...good, user: [...user, '-info'] })).toEqual(['unchecked'])
  })

  test('looks at every primary of a cluster', async () => {
    const cluster = await startRedisCluster()
    closing.push(() => cluster?.stop())
    const nodes = (cluster?.nodes ?? []).map(({ port }) => ({ host: '127.0.0.1', port }))
    for (const node of nodes) await openIoredis(node).config('SET', 'appendonly', 'yes')
    const ioredis = new Cluster(nodes)
    closing.push(() => ioredis.disconnect())
    const nodeRedis = createCluster({ rootNodes: nodes.map((socket) => ({ socket })) })
    closing.push(() => nodeRedis.destroy())
    await expect(redisStore(nodeRedis).check()).rejects.toThrow('no primary')
    await nodeRedis.connect()
    const stores = [redisStore(ioredis), redisStore(nodeRedis)]
    for (const store of stores) expect(await store.check()).toEqual([])
    for (const node of nodes) {
      const admin = openIoredis(node)
      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
      for (const store of stores) expect(await store.check()).toMatchObject([{ code: 'maxmemory_policy' }])
      await admin.config('SET', 'maxmemory-policy', 'noeviction')
    }
  })

  test('is an error where there is no answer at all', async () => {
    const client = openIoredis({ maxRetriesPerRequest: 0, retryStrategy: () => null })
    client.on('error', () => undefined)
    client.disconnect()
    await expect(redisStore(client).check()).rejects.toThrow('Connection is closed')
    const closed = createClient({ url: `redis://127.0.0.1:${server?.port}` })
    await expect(redisStore(closed).check()).rejects.toThrow('closed')
  })
})
