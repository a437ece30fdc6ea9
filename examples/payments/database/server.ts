/** A process of its own: a throw-away PostgreSQL server that ends, with its folder, when the process that started it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Binaries, findBinaries } from './binaries'

const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'))
const data = join(folder, 'data')
const password = randomBytes(18).toString('base64url')
let server: ChildProcess | undefined

process.once('SIGTERM', stop)
process.once('SIGINT', stop)

try {
  const binaries = await findBinaries(folder)
  await createCluster(binaries)
  const port = await start(binaries)
  console.log(JSON.stringify({ listening: `postgres://demo:${password}@127.0.0.1:${port}/postgres` }))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  await stop()
}

async function createCluster({ initdb, user }: Binaries) {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
  const flags = [
    '--username=demo',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  const process = run(initdb, [`--pgdata=${data}`, ...flags], user)
  const errors = collect(process)
  const [code] = await once(process, 'close')
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors().trim()}`)
}

/** The port is free when asked; another program may take it before the server does, hence the second and third try. */
async function start({ postgres, user }: Binaries, triesLeft = 2): Promise<number> {
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=50']
  const process = run(postgres, ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], user)
  const errors = collect(process)
  server = process
  const isReady = await new Promise<boolean>((resolve) => {
    process.stderr?.on('data', () => errors().includes('ready to accept connections') && resolve(true))
    process.once('close', () => resolve(false))
  })
  if (isReady) return port
  if (errors().includes('could not bind') && triesLeft > 0) return start({ postgres, user, initdb: '' }, triesLeft - 1)
  throw new Error(`postgres ended: ${errors().trim()}`)
}

function run(file: string, flags: readonly string[], user: Binaries['user']) {
  return spawn(file, flags, { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] })
}

function collect(process: ChildProcess): () => string {
  let text = ''
  process.stderr?.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-4000)
  })
  return () => text
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port was given')
  return address.port
}

/** SIGINT is PostgreSQL's fast shutdown: it rolls back what is open, and does not wait for clients. */
async function stop() {
  if (server && server.exitCode === null) {
    server.kill('SIGINT')
    await once(server, 'close')
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit()
}
