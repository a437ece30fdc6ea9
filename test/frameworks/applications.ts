import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { entries, root } from '../../tools/entries'
import type { Command, Framework } from './frameworks'

const run = promisify(execFile)
const own = `${root}test/frameworks`

/** An application that is laid out. */
export interface Application {
  readonly folder: string
  /** Where the example is in it. */
  readonly example: string
}

/** When anything in a folder was changed last. */
const changedAt = (folder: string): number =>
  Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(`${folder}/${name}`).mtimeMs))

/** Whether dist/ is whole and newer than the source. */
function isBuilt(): boolean {
  const since = changedAt(`${root}src`)
  const files = entries.flatMap(({ stem }) => [`${root}dist/${stem}.js`, `${root}dist/${stem}.d.cts`])
  return files.every((path) => existsSync(path) && statSync(path).mtimeMs > since)
}

/** Puts the built package where applications of a folder find it, and builds it where need be. */
export async function installPackage(folder: string): Promise<void> {
  const target = `${folder}/node_modules/countersign`
  mkdirSync(target, { recursive: true })
  cpSync(`${root}package.json`, `${target}/package.json`)
  // Without the paths of the project's own, which lead to the source.
  writeFileSync(`${folder}/tsconfig.json`, '{}')
  if (isBuilt()) return cpSync(`${root}dist`, `${target}/dist`, { recursive: true })
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

/** What builds and applications find in their environment. */
export const environment = (more: Readonly<Record<string, string>>) => ({
  ...process.env,
  NODE_ENV: 'production',
  NO_COLOR: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  // SvelteKit takes less of a body than a receiver; most listen where `HOST` says.
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
