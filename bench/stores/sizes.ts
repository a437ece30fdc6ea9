// What a completed key takes, and how often a store is asked for one event: npm run bench:sizes
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { IdempotencyStore, TransactionalStore } from 'countersign/idempotency'
import { memoryStore } from 'countersign/idempotency'
import { mysqlStore } from 'countersign/stores/mysql'
import { postgresStore } from 'countersign/stores/postgres'
import { redisStore } from 'countersign/stores/redis'
import { sqliteStore } from 'countersign/stores/sqlite'
import { Redis } from 'ioredis'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import { startMariadb } from '../../test/servers/mariadb'
import { startPostgres } from '../../test/servers/postgres'
import { startRedis } from '../../test/servers/redis'
import { machine, table, writeSection } from '../report'
import { freshKey, freshToken, leaseMs, result, retentionMs } from './contest'

const keys = 20_000

/** A store whose requests are counted, and what it holds. */
interface Scale {
  readonly name: string
  readonly store: IdempotencyStore<never>
  asked(): number
  bytes(): Promise<number>
  close(): unknown
}

/** Counts the calls of some methods of a client. */
function counting<Client extends object>(client: Client, methods: readonly string[]) {
  let count = 0
  const counted = new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (methods.includes(String(name))) {
        return (...given: unknown[]) => {
          count++
          return value.apply(target, given)
        }
      }
      if (name === 'connect' || name === 'getConnection') {
        return async (...given: unknown[]) => {
          const connection = await value.apply(target, given)
          const { query } = connection
          connection.query = (...sent: unknown[]) => {
            count++
            return query.apply(connection, sent)
          }
          const { release } = connection
          connection.release = (...how: unknown[]) => {
            connection.query = query
            connection.release = release
            return release.apply(connection, how)
          }
          return connection
        }
      }
      return value.bind(target)
    },
  })
  return { client: counted, asked: () => count }
}

const openers: readonly (() => Promise<Scale>)[] = [
  async () => {
    const server = await startRedis()
    const redis = new Redis(server?.port ?? 0)
    const { client, asked } = counting(redis, ['evalsha', 'eval'])
    return {
      name: 'Redis',
      store: redisStore(client),
      asked,
      bytes: async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]),
      close() {
        redis.disconnect()
        return server?.stop()
      },
    }
  },
  async () => {
    const server = await startPostgres()
    const pool = new pg.Pool({ connectionString: server?.url ?? '', max: 10 })
    pool.on('error', () => undefined)
    const { client, asked } = counting(pool, ['query'])
    const store = postgresStore(client as unknown as pg.Pool)
    await store.migrate()
    return {
      name: 'PostgreSQL',
      store: store as never,
      asked,
      async bytes() {
        await pool.query('vacuum full countersign_keys')
        return Number((await pool.query("select pg_total_relation_size('countersign_keys') as size")).rows[0].size)
      },
      async close() {
        await pool.end()
        await server?.stop()
      },
    }
  },
  async () => {
    const server = await startMariadb()
    const pool = createPool({ uri: server?.url ?? '', connectionLimit: 10 })
    const { client, asked } = counting(pool, ['query'])
    const store = mysqlStore(client)
    await store.migrate()
    const sizes = "SELECT data_length + index_length AS size FROM information_schema.tables WHERE table_name = 'countersign_keys'"
    return {
      name: 'MariaDB',
      store: store as never,
      asked,
      async bytes() {
        await pool.query('OPTIMIZE TABLE countersign_keys')
        return Number((await pool.query<RowDataPacket[]>(sizes))[0][0]?.['size'])
      },
      async close() {
        await pool.end()
        await server?.stop()
      },
    }
  },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-sizes-'))
    const file = join(folder, 'keys.sqlite')
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    const store = sqliteStore(database)
    await store.migrate()
    return {
      name: 'SQLite',
      store,
      asked: () => 0,
      async bytes() {
        database.exec('VACUUM')
        database.pragma('wal_checkpoint(TRUNCATE)')
        return statSync(file).size
      },
      close() {
        database.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
  async () => ({
    name: 'memory',
    store: memoryStore({ maxEntries: 10 * keys }),
    asked: () => 0,
    async bytes() {
      globalThis.gc?.()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    },
    close: () => undefined,
  }),
]

async function fill(store: IdempotencyStore<never>, count: number, bytes: Uint8Array | undefined) {
  for (let left = count; left > 0; left -= 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, left) }, async () => {
        const [key, token] = [freshKey(), freshToken()]
        await store.claim(key, { token, leaseMs, retentionMs })
        await store.complete(key, token, bytes, retentionMs)
      }),
    )
  }
}

/** Requests for one event, without a transaction and within one. */
async function requestsOf({ store, asked }: Scale) {
  await fill(store, 1, undefined)
  const before = asked()
  await fill(store, 1, undefined)
  const plain = asked() - before
  const { transaction } = store as Partial<TransactionalStore<never>>
  if (!transaction || plain === 0) return [plain, undefined]
  const since = asked()
  const [key, token] = [freshKey(), freshToken()]
  await store.claim(key, { token, leaseMs, retentionMs })
  await transaction((tx) => store.complete(key, token, undefined, retentionMs, tx))
  return [plain, asked() - since]
}

const rows: (string | number)[][] = []
for (const open of openers) {
  const scale = await open()
  const requests = await requestsOf(scale)
  const sizes: number[] = []
  for (const bytes of [undefined, result]) {
    const before = await scale.bytes()
    await fill(scale.store, keys, bytes)
    sizes.push(Math.round(((await scale.bytes()) - before) / keys))
  }
  await scale.close()
  rows.push([scale.name, ...sizes, ...requests.map((count) => count || '–')])
  console.log(rows.at(-1)?.join(' | '))
}

writeSection(
  'sizes',
  `## What a key takes

\`npm run bench:sizes\`, ${machine()}; ${keys} completed keys of ${freshKey().length} bytes each, tables and indexes packed.

${table(['', 'bytes of a key', `bytes with a result of ${result.length}`, 'requests for an event', 'with a transaction'], rows)}`,
)
process.exit(0)
