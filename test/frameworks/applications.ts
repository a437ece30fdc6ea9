import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { build as bundle } from 'esbuild'
import { root } from '../../tools/entries'
import { startWorker } from '../runtimes/workerd'
import { freePort } from '../servers/redis'
import { type Command, type Framework, packages } from './frameworks'

const run = promisify(execFile)
const own = `${root}test/frameworks`

/** An application that is laid out. */
export interface Application {
  readonly folder: string
  /** Where the example is in it. */
  readonly example: string
}

/** An application that answers. */
export interface Running {
  readonly url: string
  /** What it has printed. */
  output(): string
  stop(): Promise<void>
}

/** When anything in a folder was changed last. */
const changedAt = (folder: string): number =>
  Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(`${folder}/${name}`).mtimeMs))

/** Puts the built package where applications of a folder find it; builds it unless dist/ is newer than the source. */
export async function installPackage(folder: string): Promise<void> {
  const target = `${folder}/node_modules/countersign`
  mkdirSync(target, { recursive: true })
  cpSync(`${root}package.json`, `${target}/package.json`)
  const isFresh = existsSync(`${root}dist/index.d.ts`) && statSync(`${root}dist/index.d.ts`).mtimeMs > changedAt(`${root}src`)
  if (isFresh) return cpSync(`${root}dist`, `${target}/dist`, { recursive: true })
  const tsup = `${root}node_modules/tsup/dist/cli-default.js`
  await run(process.execPath, [tsup, '--silent', '--out-dir', `${target}/dist`], { cwd: root })
}

/** Lays an application out as its framework wants it, with the example where it is looked for. */
export function layOut(folder: string, name: string, { example, place = example }: Framework): Application {
  const application = `${folder}/${name.replace(/\W+/g, '-').toLowerCase()}`
  const scaffold = `${own}/apps/${example.replace(/\.ts$/, '')}`
  mkdirSync(dirname(`${application}/${place}`), { recursive: true })
  if (existsSync(scaffold)) cpSync(scaffold, application, { recursive: true })
  cpSync(`${root}examples/frameworks/${example}`, `${application}/${place}`)
  writeFileSync(`${application}/package.json`, JSON.stringify({ name: 'shop', private: true, type: 'module' }))
  return { folder: application, example: `${application}/${place}` }
}

const environment = (more: Readonly<Record<string, string>>) => ({
  ...process.env,
  NODE_ENV: 'production',
  NO_COLOR: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  // SvelteKit and Astro take less than a receiver, and listen where `HOST` says.
  BODY_SIZE_LIMIT: '2M',
  HOST: '127.0.0.1',
  ...more,
})

/** Builds an application; its build sees another secret than it is run with, as builds do. */
export async function build(application: string, command: Command | undefined): Promise<void> {
  if (!command) return
  const [program = 'missing', ...given] = command
  const env = environment({ WEBHOOK_SECRET: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' })
  await run(program, given, { cwd: application, env }).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`, { cause: error })
  })
}

/** Starts an application. */
export async function start(application: string, framework: Framework, secret: string): Promise<Running> {
  if (framework.start === 'worker') return serveWorker(application, framework, secret)
  const port = await freePort()
  const command = framework.start === 'edge' ? await edgeCommand(application, framework, port, secret) : framework.start(port)
  const [program = 'missing', ...given] = command
  const child = spawn(program, given, {
    cwd: application,
    env: environment({ WEBHOOK_SECRET: secret, PORT: `${port}` }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return running(`http://127.0.0.1:${port}`, child)
}

async function serveWorker(application: string, { example }: Framework, secret: string): Promise<Running> {
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
  const { url, process: child } = await startWorker(application, 'worker.mjs', {
    flags: ['nodejs_compat'],
    bindings: { WEBHOOK_SECRET: secret },
  })
  return running(url, child)
}

/** An edge function: one script, in a process that has the runtime's globals and nothing of Node. */
async function edgeCommand(application: string, { example }: Framework, port: number, secret: string): Promise<Command> {
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
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  while (!(await fetch(url).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${output}`)
    await setTimeout(20)
  }
  return { url, output: () => output, stop }
}
