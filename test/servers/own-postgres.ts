import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  /** Starts another one with a copy of its data, which follows it by way of that port until it is promoted. Restarts this one. */
  follow(port: number): Promise<OwnPostgres>
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
  const server = await serve(binaries, data)
  return {
    ...server,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Runs a server on its data; one that is given the port of another follows that one. */
async function serve(binaries: Binaries, data: string, followed?: number): Promise<OwnPostgres> {
  const port = await freePort()
  const connection = `primary_conninfo=host=127.0.0.1 port=${followed} user=test`
  // Once it is promoted nobody follows it that its commits could wait for.
  const settings = followed === undefined ? [] : [connection, 'synchronous_standby_names=']
  let child = await launch(binaries, data, port, settings)
  const kill = async () => {
    if (!running.has(child)) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  async function restart() {
    await kill()
    // What the killed one's children still hold is released within moments.
    for (let tries = 0; ; tries++) {
      try {
        child = await launch(binaries, data, port, settings)
        return
      } catch (error) {
        if (tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    kill,
    restart,
    async follow(by) {
      const copy = await mkdtemp(`${data}-`)
      await kill()
      // As the user that runs it.
      await promisify(execFile)('cp', ['-a', `${data}/.`, copy])
      await rm(join(copy, 'postmaster.pid'))
      await writeFile(join(copy, 'standby.signal'), '')
      await restart()
      return serve(binaries, copy, by)
    },
    async stop() {
      await kill()
      await rm(data, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function launch({ postgres, user }: Binaries, data: string, port: number, more: string[]): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=100', ...more]
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
    if (!/ready to accept (read-only )?connections/.test(line)) continue
    child.stderr?.resume()
    return child
  }
  throw new Error(`postgres did not start:\n${said.join('\n')}`)
}
