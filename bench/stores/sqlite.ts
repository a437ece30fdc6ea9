import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { sqliteStore } from 'countersign/stores/sqlite'

/** What is done with one key. */
type Cycle = (key: string, token: string) => Promise<unknown>

const rounds = 5
const leaseMs = 30_000
const retentionMs = 3_600_000
const result = new TextEncoder().encode(JSON.stringify({ status: 200, body: 'x'.repeat(150) }))
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** Cycles per second, one after another: there is one writer. */
async function measure(cycle: Cycle, cycles: number): Promise<number> {
  const started = performance.now()
  for (let left = cycles; left > 0; left--) await cycle(`github/hooks//${randomUUID()}`, randomBytes(18).toString('base64url'))
  return cycles / ((performance.now() - started) / 1000)
}

async function setUp(synchronous: string) {
  const open = () => {
    const database = new Database(join(folder, `${synchronous}.sqlite`))
    database.pragma('journal_mode = WAL')
    database.pragma(`synchronous = ${synchronous}`)
    return database
  }
  const own = open()
  const [store, given] = [sqliteStore(open), sqliteStore(open())]
  await store.migrate()
  own.exec(`
    CREATE TABLE effects (name TEXT NOT NULL);
    CREATE TABLE bare (key TEXT PRIMARY KEY, token TEXT, result BLOB, expires_at INTEGER) WITHOUT ROWID`)
  await store.claim('done', { token: 'token', leaseMs, retentionMs })
  await store.complete('done', 'token', result, retentionMs)
  const insert = own.prepare('INSERT INTO bare (key, token, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
  const update = own.prepare('UPDATE bare SET result = ?, expires_at = ? WHERE key = ?')

  const cycles: Readonly<Record<string, Cycle>> = {
    async 'claim and complete'(key, token) {
      await store.claim(key, { token, leaseMs, retentionMs })
      await store.complete(key, token, result, retentionMs)
    },
    async 'claim and complete, one connection for all'(key, token) {
      await given.claim(key, { token, leaseMs, retentionMs })
      await given.complete(key, token, result, retentionMs)
    },
    async 'an INSERT and an UPDATE, which fence nothing'(key, token) {
      insert.run(key, token, Date.now() + leaseMs)
      update.run(result, Date.now() + retentionMs, key)
    },
    async 'claim, and an effect with its completion in a transaction'(key, token) {
      await store.claim(key, { token, leaseMs, retentionMs })
      await store.transaction(async (tx) => {
        tx.prepare('INSERT INTO effects VALUES (?)').run(key)
        await store.complete(key, token, result, retentionMs, tx)
      })
    },
    'a duplicate of a completed key': (_, token) => store.claim('done', { token, leaseMs, retentionMs }),
  }
  return cycles
}

console.log(`Per second, one after another on better-sqlite3 with WAL; medians of ${rounds} interleaved rounds.`)
for (const [synchronous, count] of [
  ['NORMAL', 1000],
  ['FULL', 200],
] as const) {
  const cycles = await setUp(synchronous)
  const rates = new Map(Object.keys(cycles).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, cycle] of Object.entries(cycles)) rates.get(name)?.push(await measure(cycle, count))
  }
  for (const [name, measured] of rates) console.log(`synchronous ${synchronous}: ${Math.round(median(measured))} ${name}`)
}

rmSync(folder, { recursive: true })
