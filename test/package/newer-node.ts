import { existsSync, readdirSync } from 'node:fs'
import { root } from '../../tools/entries'

const folder = `${root}test/runtimes/node_modules/`

/** A newer Node than the system's, where `npm ci --prefix test/runtimes` has installed one. */
export const newerNode: string | undefined = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((name) => /^node\d/.test(name))
  .map((name) => `${folder}${name}/bin/node`)
  .find((path) => existsSync(path))
