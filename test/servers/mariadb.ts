import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from './redis'

/** A MariaDB server of the test's own, in a folder of its own, with an empty database. */
export interface MariadbServer {
  readonly url: string
  /** `kill -9`; what it wrote to disk stays. */
  kill(): Promise<void>
  /** Starts it again, where it was and with what it wrote. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** What the server calls them, such as `innodb_doublewrite`. */
export type MariadbSettings = Readonly<Record<string, string>>

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// Runners that give up a file end its process so, without a word.
process.once('SIGTERM', () => process.exit(143))

/** Starts a server. Undefined, loudly, where there is none on this machine; an error instead where `CI` is set. */
export async function startMariadb(settings: MariadbSettings = {}): Promise<MariadbServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-mariadb-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    return await startIn(folder, settings, remove)
  } catch (error) {
    await remove()
    if (process.env['CI'] || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.warn('SKIPPED: there is no mariadbd here; install mariadb-server.')
    return undefined
  }
}

async function startIn(folder: string, settings: MariadbSettings, remove: () => Promise<void>): Promise<MariadbServer> {
  const port = await freePort()
  const [data, setup] = [join(folder, 'data'), join(folder, 'setup.sql')]
  await writeFile(setup, 'CREATE DATABASE IF NOT EXISTS countersign;\n')
  // The server does not run as root unless it is told to, and one that starts removes what others have in a shared folder.
  const own = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, `--user=${userInfo().username}`]
  await promisify(execFile)('mariadb-install-db', [...own, '--auth-root-authentication-method=normal', '--skip-test-db'])
  const flags = [
    ...own,
    `--socket=${join(folder, 'socket')}`,
    `--init-file=${setup}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--max-connections=500',
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ]
  let child = await launch(flags)
  const kill = async () => {
    if (!running.has(child)) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `mysql://root@127.0.0.1:${port}/countersign`,
    kill,
    async restart() {
      await kill()
      child = await launch(flags)
    },
    async stop() {
      await kill()
      await remove()
    },
  }
}

async function launch(flags: readonly string[]): Promise<ChildProcess> {
  const child = spawn('mariadbd', flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  await once(child, 'spawn')
  running.add(child.once('exit', () => running.delete(child)))
  const said: string[] = []
  for await (const line of createInterface(child.stderr)) {
    said.push(line)
    if (!line.includes('ready for connections')) continue
    child.stderr.resume()
    return child
  }
  throw new Error(`mariadbd ${flags.join(' ')} did not start:\n${said.join('\n')}`)
}
