import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of the demo: it logs JSON lines, the first of which says where it listens. */
export interface DemoProcess {
  readonly pid: number
  /** Its address, when it is ready; rejects when it ends before. */
  readonly listening: Promise<string>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
  /** SIGKILL: it has no chance to do anything more. Resolves when it is gone. */
  kill(): Promise<void>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const leash = new URL('leash.ts', import.meta.url).href

/**
 * Starts a TypeScript file as a process that ends when this one ends, however that happens.
 *
 * It has a group of its own, so that Ctrl-C in the terminal reaches this process only, which then ends the others in order.
 */
export function startProcess(
  name: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
  onLine: (line: Readonly<Record<string, unknown>>) => void = () => {},
): DemoProcess {
  const child = fork(file, {
    cwd: root,
    detached: true,
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx', '--import', leash],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const { stdout, stderr, pid } = child
  if (!stdout || !stderr || pid === undefined) throw new Error(`Cannot start ${name}`)
  let errors = ''
  stderr.setEncoding('utf8').on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000)
  })
  const ended = once(child, 'close').then(() => undefined)
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Readonly<Record<string, unknown>>
      if (typeof line['listening'] === 'string') resolve(line['listening'])
      else onLine(line)
    })
    ended.then(() => reject(new Error(`Ended before it was ready: ${name}. ${errors.trim()}`)))
  })
  listening.catch(() => {})
  const end = (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal)
    return ended
  }
  const stop = async () => {
    const overdue = setTimeout(() => end('SIGKILL'), patienceMs)
    await end('SIGTERM').finally(() => clearTimeout(overdue))
  }
  return { pid, listening, stop, kill: () => end('SIGKILL') }
}

/** One that does not end when it is asked is killed. */
const patienceMs = 5000

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null
