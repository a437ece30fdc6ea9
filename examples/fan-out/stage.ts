import { fileURLToPath } from 'node:url'
import { generateSecret, sign } from 'countersign'
import { tableInbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { openDatabase } from '../payments/database/open'
import { startProcess } from '../payments/story/process'

/** Several receivers on one database, and a sender. */
export async function openStage(count: number) {
  const database = await openDatabase()
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  await Promise.all([tableInbox(pool).migrate(), postgresStore(pool).migrate()])
  await pool.query('create table notices (id bigint generated always as identity primary key, order_id text, type text)')
  await pool.end()

  const secret = generateSecret()
  const env = { DATABASE_URL: database.url, WEBHOOK_SECRET: secret }
  const file = fileURLToPath(new URL('receiver.ts', import.meta.url))
  const receivers = Array.from({ length: count }, (_, index) => startProcess(`receiver ${index + 1}`, file, env))
  const urls = await Promise.all(receivers.map(({ listening }) => listening))

  return {
    receivers,
    urls,
    /** Sends an event to one of them; its status. */
    async send(url: string, id: string): Promise<number> {
      const body = JSON.stringify({ type: 'payment.succeeded', id })
      const headers = { 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, id, body })) }
      return (await fetch(`${url}/webhooks`, { method: 'POST', headers, body })).status
    },
    async close() {
      await Promise.all(receivers.map((receiver) => receiver.stop()))
      await database.close()
    },
  }
}
