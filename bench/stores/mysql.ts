import { randomBytes, randomUUID } from 'node:crypto'
import { mysqlStore } from 'countersign/stores/mysql'
import { createPool } from 'mysql2/promise'
import { startMariadb } from '../../test/servers/mariadb'

const rounds = 5
const perRound = 2000
const concurrency = 64
const leaseMs = 30_000
const retentionMs = 3_600_000
const result = new TextEncoder().encode(JSON.stringify({ status: 200, body: 'x'.repeat(150) }))

const freshKey = () => `github/hooks//${randomUUID()}`
const freshToken = () => randomBytes(18).toString('base64url')
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** How often per second something can be done, so many at once. */
async function measure(act: () => Promise<unknown>): Promise<number> {
  let left = perRound
  const started = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left-- > 0) await act()
    }),
  )
  return perRound / ((performance.now() - started) / 1000)
}

const server = await startMariadb()
if (!server) throw new Error('There is no mariadbd on this machine.')
const pool = createPool({ uri: server.url, connectionLimit: 20 })
const store = mysqlStore(pool)
await store.migrate()
await pool.query('CREATE TABLE plain (id VARBINARY(512) NOT NULL PRIMARY KEY, result MEDIUMBLOB) ENGINE = InnoDB')

const done = freshKey()
await store.claim(done, { token: 'first', leaseMs, retentionMs })
await store.complete(done, 'first', result, retentionMs)
const claimFresh = async () => {
  const [key, token] = [freshKey(), freshToken()]
  await store.claim(key, { token, leaseMs, retentionMs })
  return { key, token }
}

const acts: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'claim and complete'() {
    const { key, token } = await claimFresh()
    await store.complete(key, token, result, retentionMs)
  },
  async 'claim, and complete in a transaction'() {
    const { key, token } = await claimFresh()
    await store.transaction((connection) => store.complete(key, token, result, retentionMs, connection))
  },
  'duplicate of a completed key': () => store.claim(done, { token: freshToken(), leaseMs, retentionMs }),
  async 'beside it: INSERT and UPDATE of one row, which fence nothing'() {
    const key = freshKey()
    await pool.query('INSERT INTO plain (id) VALUES (?)', [key])
    await pool.query('UPDATE plain SET result = ? WHERE id = ?', [result, key])
  },
  'beside it: SELECT 1': () => pool.query('SELECT 1'),
}

const measured = new Map<string, number[]>(Object.keys(acts).map((name) => [name, []]))
for (let round = 0; round < rounds; round++)
  for (const [name, act] of Object.entries(acts)) measured.get(name)?.push(await measure(act))

console.log(`Per second, ${concurrency} at once on 20 connections; medians of ${rounds} interleaved rounds.`)
for (const [name, values] of measured) console.log(`${name}: ${Math.round(median(values))}`)
await pool.end()
await server.stop()
