import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { freePort } from '../servers/redis'
import { workerd } from './binaries'

/** A worker that listens. */
export interface Worker {
  readonly url: string
  readonly process: ChildProcessByStdio<null, Readable, Readable>
}

interface WorkerOptions {
  readonly flags?: readonly string[]
  /** What the worker finds in its environment. */
  readonly bindings?: Readonly<Record<string, string>>
}

/** Serves the module `name` of a folder; whoever starts it ends its process. */
export async function startWorker(
  folder: string,
  name: string,
  { flags = [], bindings = {} }: WorkerOptions = {},
): Promise<Worker> {
  const port = await freePort()
  const config = `${folder}/${name}.${port}.capnp`
  const bound = Object.entries(bindings).map(([key, text]) => `(name = "${key}", text = "${text}")`)
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.mjs", esModule = embed "${name}")],
    bindings = [${bound.join(', ')}],
    compatibilityDate = "2026-01-01", compatibilityFlags = ${JSON.stringify(flags)}))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`,
  )
  const server = spawn(workerd ?? 'missing', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  await once(server, 'spawn')
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (server.exitCode !== null) throw new Error(`workerd ended with ${server.exitCode}: ${server.stderr.read()}`)
    // Whatever it answers, it is there.
    if (await fetch(`${url}/`).catch(() => undefined)) return { url, process: server }
  }
}
