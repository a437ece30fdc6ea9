import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import type { IdempotencyStore } from 'countersign/idempotency'
import { sqliteStore } from 'countersign/stores/sqlite'
import { storeContract } from 'countersign/testing'
import { describe, expect, test } from 'vitest'
import { bun, newerNode } from '../runtimes/binaries'
import { bundleFile, freshFile, openFile } from './sqlite-files'

/** Every call through the next of the stores. */
function alternating<Store extends IdempotencyStore>(stores: readonly Store[]): Store {
  let calls = 0
  return new Proxy(stores[0] as Store, {
    get: (_, name) => Reflect.get(stores[calls++ % stores.length] as Store, name),
  })
}

for (const journal of ['WAL', 'DELETE']) {
  describe(`sqliteStore through three connections, with journal_mode ${journal}`, async () => {
    const file = freshFile()
    const opener = () => openFile(file, { journal, synchronous: 'OFF' })
    await sqliteStore(opener).migrate()
    const contract = storeContract(({ now }) =>
      alternating([1, 2, 3].map(() => sqliteStore(opener, { now: () => new Date(now()) }))),
    )
    for (const { name, run } of contract) test(name, run)
  })
}

describe('sqliteStore on a connection in memory', async () => {
  const database = new Database(':memory:')
  await sqliteStore(database).migrate()
  const contract = storeContract(({ now }) => sqliteStore(database, { now: () => new Date(now()) }), { dropsResults: true })
  for (const { name, run } of contract) test(name, run)
})

for (const [name, runtime] of [
  ['node:sqlite of a newer Node', newerNode],
  ['bun:sqlite of Bun', bun],
] as const) {
  test.skipIf(!runtime)(`the laws hold on ${name}`, async () => {
    const worker = await bundleFile('test/stores/sqlite-laws-runtime.ts')
    const { stdout } = await promisify(execFile)(runtime ?? '', [worker, freshFile()])
    expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^\d{3}$/)])
  })
}
