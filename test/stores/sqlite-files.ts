import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { build } from 'esbuild'
import { afterAll } from 'vitest'
import { root } from '../../tools/entries'

const folder = mkdtempSync(join(tmpdir(), 'countersign-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
/** The path of a database that is not there yet. */
export const freshFile = () => join(folder, `${++made}.sqlite`)

/** Opens a file with better-sqlite3, as `check()` would have it unless told otherwise. */
export function openFile(file: string, { journal = 'WAL', synchronous = 'FULL' } = {}): Database.Database {
  const database = new Database(file)
  database.pragma(`journal_mode = ${journal}`)
  database.pragma(`synchronous = ${synchronous}`)
  return database
}

const native = createRequire(import.meta.url).resolve('better-sqlite3')

/** A program of TypeScript as one file for any Node: a process starts the sooner. */
export async function bundleFile(path: string): Promise<string> {
  const outfile = join(folder, `${++made}.mjs`)
  await build({
    entryPoints: [`${root}${path}`],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    external: ['bun:*'],
    // Packages of the older kind ask for `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    // A native module is found from here only.
    plugins: [
      {
        name: 'native',
        setup: ({ onResolve }) => onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: native, external: true })),
      },
    ],
  })
  return outfile
}
