import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createIdempotency, IdempotencyError } from 'countersign/idempotency'
import { mysqlStore, type PoolConnection } from 'countersign/stores/mysql'
import { createPool } from 'mysql2/promise'

// Handles every event once, beside other processes that do the same, and says what it is about to do, so that it can be killed then.

const [uri = '', table = '', ledger = '', many = ''] = process.argv.slice(2)
const pool = createPool({ uri, connectionLimit: 3 })

/** Says a statement before it is sent and after it is answered. */
async function said<T>(sql: string, send: () => Promise<T>): Promise<T> {
  const name = sql
    .trim()
    .split(/[\s(]+/, 3)
    .join(' ')
  // One that writes nothing is no step.
  if (name.startsWith('SELECT')) return send()
  writeSync(1, `before ${name}\n`)
  const answer = await send()
  writeSync(1, `after ${name}\n`)
  return answer
}

const store = mysqlStore(
  {
    query: (statement) => said(statement.sql, () => pool.query(statement)),
    async getConnection(): Promise<PoolConnection> {
      const connection = await pool.getConnection()
      return {
        query: (sql) => said(sql, () => connection.query(sql)),
        release: () => connection.release(),
        destroy: () => connection.destroy(),
      }
    },
  },
  { table },
)
const { run } = createIdempotency({ store, leaseSeconds: 0.25 })

async function handle(event: number): Promise<boolean> {
  try {
    await run(
      `event/${event}`,
      async ({ transaction, attempt }) => {
        await transaction.query(`INSERT INTO ${ledger} VALUES (${event})`)
        // Longer than its lease: another takes over meanwhile.
        if (event % 15 === 0 && attempt === 1) await setTimeout(400)
      },
      { transaction: true },
    )
    return true
  } catch (error) {
    if (error instanceof IdempotencyError) return false
    throw error
  }
}

const left = new Set(Array.from({ length: Number(many) }, (_, event) => event))
while (left.size > 0) {
  for (const event of [...left].sort(() => Math.random() - 0.5)) if (await handle(event)) left.delete(event)
  await setTimeout(10)
}
await pool.end()
