import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import { startPostgres } from '../servers/postgres'

/** A server, its clients, and a PGlite for the tests of a file, closed after them. */
export async function openDatabases() {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server?.url ?? '', max: 10 })
  // The server is stopped while connections are still being closed.
  pool.on('error', () => undefined)
  const sql = postgres(server?.url ?? '', { max: 4, onnotice: () => undefined })
  // Starting it keeps the thread busy for longer than a put may take.
  const embedded = await PGlite.create()
  afterAll(async () => {
    await Promise.all([pool.end(), sql.end(), embedded.close()])
    await server?.stop()
  })
  return { server, pool, sql, embedded, clients: { pg: pool, 'postgres.js': sql, PGlite: embedded } as const }
}
