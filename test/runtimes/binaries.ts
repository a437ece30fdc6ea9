import { existsSync, readdirSync } from 'node:fs'
import { root } from '../../tools/entries'

/** The program of a runtime, where `npm ci --prefix test/runtimes` has installed it for this platform. */
function find(name: RegExp, program: string, scope = ''): string | undefined {
  const folder = `${root}test/runtimes/node_modules/${scope}`
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((entry) => name.test(entry))
    .map((entry) => `${folder}${entry}/bin/${program}`)
    .find((path) => existsSync(path))
}

/** A newer Node than the system's. */
export const newerNode: string | undefined = find(/^node24-/, 'node')
export const bun: string | undefined = find(/^bun-/, 'bun', '@oven/')
