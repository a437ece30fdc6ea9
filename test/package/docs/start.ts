import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../../../tools/entries'

/** A block that is running. */
export interface Running {
  /** Where its server listens; rejects when it ends without one. */
  readonly url: Promise<string>
  /** The exit code; `undefined` when it was ended from here. */
  readonly ended: Promise<number | undefined>
  /** Everything that it has printed. */
  output(): string
  stop(): Promise<void>
}

/** Starts a block in a process of its own. */
export function start(path: string, environment: Readonly<Record<string, string>>): Running {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', `${root}test/package/docs/run.ts`, path], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => (code === null ? undefined : Number(code)))
  const url = Promise.race([
    once(child, 'message').then(([message]) => `http://127.0.0.1:${(message as { port: number }).port}`),
    ended.then((code) => Promise.reject(new Error(`The block ended with ${code} and never listened:\n${output}`))),
  ])
  // Nobody may be waiting for it.
  url.catch(() => {})
  return {
    url,
    ended,
    output: () => output,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
