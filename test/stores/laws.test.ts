import { PGlite } from '@electric-sql/pglite'
import { memoryStore } from 'countersign/idempotency'
import { postgresStore } from 'countersign/stores/postgres'
import { storeContract } from 'countersign/testing'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, describe, test } from 'vitest'
import { startPostgres } from '../servers/postgres'

const drops = { dropsResults: true }

describe('memoryStore', () => {
  for (const { name, run } of storeContract(({ now }) => memoryStore({ now: () => new Date(now()) }), drops)) test(name, run)
})

describe('postgresStore on PGlite', async () => {
  const database = new PGlite()
  afterAll(() => database.close())
  const store = postgresStore(database)
  await store.migrate()
  for (const { name, run } of storeContract(() => store, drops)) test(name, run, 60_000)
})

const server = await startPostgres()
afterAll(() => server?.stop())

describe.skipIf(!server)('postgresStore on PostgreSQL', async () => {
  const pool = new pg.Pool({ connectionString: server?.url, max: 10 })
  // The server is stopped while connections are still being closed.
  pool.on('error', () => undefined)
  afterAll(() => pool.end())
  const store = postgresStore(pool)
  if (server) await store.migrate()
  for (const { name, run } of storeContract(() => store, drops)) test(name, run, 60_000)
})

describe.skipIf(!server)('postgresStore on postgres.js', async () => {
  const sql = postgres(server?.url ?? '', { max: 10, onnotice: () => undefined })
  afterAll(() => sql.end())
  const store = postgresStore(sql, { table: 'tagged_keys' })
  if (server) await store.migrate()
  for (const { name, run } of storeContract(() => store, drops)) test(name, run, 60_000)
})
