import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type Binaries, findBinaries } from '../../examples/payments/database/binaries'
import { freePort } from './redis'

/** A PostgreSQL server of the test's own that can be killed. */
export interface OwnPostgres {
  readonly url: string
  /** `kill -9` of the whole server; what it wrote to disk stays. */
  kill(): Promise<void>
  /** Starts it again, where it was and with what it wrote. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
process.once('SIGTERM', () => process.exit(143))

/** Starts a server. Undefined, loudly, where none starts on this machine; an error instead where `CI` is set. */
export async function startOwnPostgres(): Promise<OwnPostgres | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
  try {
    return await startIn(folder)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (process.env['CI']) throw error
    console.warn('SKIPPED: no PostgreSQL server starts here.', error)
    return undefined
  }
}

async function startIn(folder: string): Promise<OwnPostgres> {
  const binaries = await findBinaries(folder)
  const { initdb, user } = binaries
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const flags = [`--pgdata=${data}`, '--username=test', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await promisify(execFile)(initdb, flags, { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C' } })
  const port = await freePort()
  let child = await launch(binaries, data, port)
  const kill = async () => {
    if (!running.has(child)) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    kill,
    async restart() {
      await kill()
      // What the killed one's children still hold is released within moments.
      for (let tries = 0; ; tries++) {
        try {
          child = await launch(binaries, data, port)
          return
        } catch (error) {
          if (tries === 50) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function launch({ postgres, user }: Binaries, data: string, port: number): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=100']
  const flags = ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(postgres, flags, {
    ...user,
    cwd: data,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.add(child.once('exit', () => running.delete(child)))
  const said: string[] = []
  for await (const line of createInterface(child.stderr as NodeJS.ReadableStream)) {
    said.push(line)
    if (!line.includes('ready to accept connections')) continue
    child.stderr?.resume()
    return child
  }
  throw new Error(`postgres did not start:\n${said.join('\n')}`)
}
