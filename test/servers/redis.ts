import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** A Redis or Valkey server of the test's own, in a folder of its own. */
export interface RedisServer {
  readonly port: number
  /** `kill -9`; what it wrote to disk stays. */
  kill(): Promise<void>
  /** Starts it again, where it was and with what it wrote. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** What `redis.conf` calls them; a list of arguments where there are several. Default: no persistence. */
export type RedisSettings = Readonly<Record<string, string | readonly string[]>>

/** `REDIS_SERVER` names another program, such as `valkey-server`. */
const program = process.env['REDIS_SERVER'] ?? 'redis-server'

/** Kills the server as soon as nobody holds the shell’s input any more: it never outlives the process that started it. */
const leash = '"$@" & exec >&-; read -r _; kill -9 $!; wait'

/** Starts a server. Undefined, loudly, where there is none on this machine; an error instead where `CI` is set. */
export async function startRedis(settings: RedisSettings = {}): Promise<RedisServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-redis-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await promisify(execFile)(program, ['--version'])
    return await startIn(folder, settings, remove)
  } catch (error) {
    await remove()
    if (process.env['CI'] || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.warn(`SKIPPED: there is no ${program} here; install it, or set REDIS_SERVER to one.`)
    return undefined
  }
}

async function startIn(folder: string, settings: RedisSettings, remove: () => Promise<void>): Promise<RedisServer> {
  const port = await freePort()
  const quick = { save: '', appendonly: 'no', 'repl-diskless-sync-delay': '0' }
  const own = { port: `${port}`, bind: '127.0.0.1', dir: folder, ...quick, ...settings }
  const flags = Object.entries(own).flatMap(([name, value]) => [`--${name}`, ...[value].flat()])
  let child = await launch(flags)
  const kill = async () => {
    if (child.exitCode !== null) return
    child.stdin.end()
    await once(child, 'exit')
  }
  return {
    port,
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

async function launch(flags: readonly string[]): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn('sh', ['-c', leash, 'sh', program, ...flags])
  child.stderr.pipe(process.stderr)
  const said: string[] = []
  for await (const line of createInterface(child.stdout)) {
    said.push(line)
    if (!line.includes('Ready to accept connections')) continue
    child.stdout.resume()
    return child
  }
  throw new Error(`${program} ${flags.join(' ')} did not start:\n${said.join('\n')}`)
}

/** A port that nobody has, so far. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
