import { existsSync, readdirSync } from 'node:fs'
import { root } from '../../tools/entries'

/** The program of a runtime, where `npm ci --prefix test/runtimes` has installed it for this platform. */
function find(name: RegExp, program: string, scope = ''): string | undefined {
  const folder = `${root}test/runtimes/node_modules/${scope}`
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((entry) => name.test(entry))
    .map((entry) => `${folder}${entry}/${program}`)
    .find((path) => existsSync(path))
}

/** Other Nodes than the system's, the oldest first. */
export const nodes: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  ['22', '24', '26'].map((version) => [version, find(new RegExp(`^node${version}-`), 'bin/node')]),
)
/** One that has what the oldest has not. */
export const newerNode: string | undefined = nodes['24']
export const bun: string | undefined = find(/^bun-/, 'bin/bun', '@oven/')
export const deno: string | undefined = find(/^linux-/, 'deno', '@deno/')
export const workerd: string | undefined = find(/^workerd-/, 'bin/workerd', '@cloudflare/')
