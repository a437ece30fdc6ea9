import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { build as bundle } from 'esbuild'
import { onTestFinished } from 'vitest'
import { startWorker } from '../runtimes/workerd'
import { freePort } from '../servers/redis'
import { environment } from './applications'
import { type Command, type Framework, packages } from './frameworks'

/** An application that answers. */
export interface Running {
  readonly url: string
  /** What it has printed. */
  output(): string
}

/** Starts an application, until the test is over. */
export async function start(application: string, framework: Framework, secret: string): Promise<Running> {
  const how = framework.start
  if (typeof how === 'object') return serveWorker(application, framework.example, how.flags, secret)
  const port = await freePort()
  const command = how === 'edge' ? await edgeCommand(application, framework.example, port, secret) : how(port)
  const [program = 'missing', ...given] = command
  const child = spawn(program, given, {
    cwd: application,
    env: environment({ WEBHOOK_SECRET: secret, PORT: `${port}` }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return running(`http://127.0.0.1:${port}`, child)
}

async function serveWorker(application: string, example: string, flags: readonly string[], secret: string): Promise<Running> {
  await bundle({
    entryPoints: [`${application}/${example}`],
    outfile: `${application}/worker.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:workers'],
    logLevel: 'silent',
  })
  const bindings = { WEBHOOK_SECRET: secret }
  const { url, process: child } = await startWorker(application, 'worker.mjs', { flags, bindings })
  return running(url, child)
}

/** An edge function: one script, in a process that has the runtime's globals and nothing of Node. */
async function edgeCommand(application: string, example: string, port: number, secret: string): Promise<Command> {
  await bundle({
    stdin: {
      contents: `import hook from './${example}'
        addEventListener('fetch', (event) => event.respondWith(hook(event.request, event)))`,
      resolveDir: application,
    },
    outfile: `${application}/edge.js`,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    conditions: ['edge-light'],
    banner: { js: `var process = { env: ${JSON.stringify({ WEBHOOK_SECRET: secret })} };` },
    logLevel: 'silent',
  })
  return [process.execPath, `${packages}/edge-runtime/dist/cli/index.js`, '--listen', '--port', `${port}`, 'edge.js']
}

async function running(url: string, child: ChildProcess): Promise<Running> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // Before it answers, since it may never do.
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  while (!(await fetch(url).catch(() => undefined))) {
    if (child.exitCode !== null || child.signalCode) throw new Error(`It ended with ${child.exitCode}:\n${output}`)
    await setTimeout(20)
  }
  return { url, output: () => output }
}
