import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from '../../tools/entries'
import { findViolations } from './layers'

const readSource = () =>
  readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(`${root}src/${path}`, 'utf8')] as const)

it('keeps the rules of the house in every file of src/', () => {
  const files = new Map(readSource())
  expect(files.size).toBeGreaterThan(20)
  expect(findViolations(files)).toEqual([])
})

const house = {
  'core/bytes.ts': '',
  'signing/sign.ts': '',
  'idempotency/store.ts': '',
  'receiver/receiver.ts': '',
  'index.ts': '',
}
const long = (lines: number) => Array.from({ length: lines }, (_, line) => `export const line${line} = ${line}`).join('\n')

it.each([
  ['an upward import', 'core/a.ts', `import { sign } from '../signing/sign'`, 'imports signing/sign.ts from a floor above'],
  [
    'an upward type import',
    'core/a.ts',
    `import type { Sign } from '../signing/sign'`,
    'imports signing/sign.ts from a floor above',
  ],
  [
    'an upward import type',
    'core/a.ts',
    `export type A = import('../signing/sign').A`,
    'imports signing/sign.ts from a floor above',
  ],
  [
    'an upward re-export',
    'stores/a.ts',
    `export * from '../receiver/receiver'`,
    'imports receiver/receiver.ts from a floor above',
  ],
  [
    'an upward dynamic import',
    'core/a.ts',
    `export const a = () => import('../signing/sign')`,
    'imports signing/sign.ts from a floor above',
  ],
  ['an import of the root', 'adapters/a.ts', `import { sign } from '..'`, 'imports index.ts from a floor above'],
  ['signing that knows idempotency', 'signing/a.ts', `import '../idempotency/store'`, 'imports idempotency/store.ts, a stranger'],
  ['idempotency that knows signing', 'idempotency/a.ts', `import '../signing/sign'`, 'imports signing/sign.ts, a stranger'],
  ['a package', 'sender/a.ts', `import { request } from 'undici'`, 'imports the package undici'],
  ['a package for its types', 'stores/a.ts', `import type { Pool } from 'pg'`, 'imports the package pg'],
  ['a built-in module without its prefix', 'sender/a.ts', `import { createHmac } from 'crypto'`, 'imports the package crypto'],
  ['the package itself', 'adapters/a.ts', `import { sign } from 'countersign'`, 'imports the package countersign'],
  ['a built-in module', 'receiver/a.ts', `import { once } from 'node:events'`, 'imports node:events'],
  ['a built-in module’s types', 'adapters/express.ts', `import type { Server } from 'node:http'`, 'imports node:http'],
  [
    'a built-in module asked for',
    'stores/a.ts',
    `export const a = process.getBuiltinModule('node:fs')`,
    [`uses Node's process`, 'says node:fs'],
  ],
  ['a name of a built-in module', 'crypto/a.ts', `export const name = 'node:crypto'`, 'says node:crypto'],
  ['a computed import', 'core/a.ts', 'export const a = (name: string) => import(name)', 'imports what no reader can tell'],
  ['a file that does not exist', 'core/a.ts', `import '../../test/a'`, 'imports ../../test/a, which is no file of src/'],
  ['console', 'receiver/a.ts', `console.log('a')`, 'uses console'],
  ['console in a value', 'receiver/a.ts', 'export const log = { console }', 'uses console'],
  ['Buffer', 'receiver/a.ts', `export const a = Buffer.from('a')`, `uses Node's Buffer`],
  ['crypto.subtle', 'signing/a.ts', `export const a = crypto.subtle.digest('SHA-256', new Uint8Array())`, 'uses crypto.subtle'],
  ['a file of 201 lines', 'core/a.ts', long(201), 'has 201 lines, the most is 200'],
  ['an adapter of 81 lines', 'adapters/a.ts', long(81), 'has 81 lines, the most is 80'],
  ['a folder of no floor', 'common/a.ts', '', 'is on no floor'],
  ['code in the root', 'index.ts', `import { utf8 } from './core/bytes'\nexport const a = utf8('a')`, 'does more than re-export'],
])('refuses %s', (_, path, text, violations) => {
  const found = findViolations(new Map(Object.entries({ ...house, [path]: text })))
  expect(found).toEqual([violations].flat().map((violation) => `${path}: ${violation}`))
})

it.each([
  ['an import from below', 'receiver/a.ts', `import '../signing/sign'\nimport '../core/bytes'`],
  ['an import from the same floor', 'stores/a.ts', `import '../idempotency/store'`],
  ['Node in its adapter', 'adapters/node.ts', `import { once } from 'node:events'\nexport const a = Buffer.from('a')`],
  ['Node in the sender', 'sender/a.ts', `import { request } from 'node:https'\nimport('node:dns')`],
  ['Node in the diagnostics', 'diagnostics/a.ts', `import { channel } from 'node:diagnostics_channel'`],
  ['Node and console in the cli', 'cli/a.ts', `import '..'\nimport { argv } from 'node:process'\nconsole.log(argv)`],
  ['node:crypto asked for in crypto/', 'crypto/a.ts', `export const a = globalThis.process?.getBuiltinModule?.('node:crypto')`],
  [
    'members and keys with such names',
    'core/a.ts',
    `export const a = (b: { process: () => void }) => ({ Buffer: b.process, console: 1 })`,
  ],
  ['200 lines', 'core/a.ts', `${long(200)}\n`],
])('accepts %s', (_, path, text) => {
  expect(findViolations(new Map(Object.entries({ ...house, [path]: text })))).toEqual([])
})
