/** One of several: it acknowledges into the shared table, works on what any of them put there, and tells the browsers that are connected to it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { webhook } from 'countersign/express'
import { tableInbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import express from 'express'
import pg from 'pg'
import { noticeBoard, publish } from '../payments/shop/notices'
import { streamOrder } from '../payments/shop/stream'

const connectionString = process.env['DATABASE_URL'] ?? ''
const pool = new pg.Pool({ connectionString, max: 8 })
pool.on('error', () => {})
const [inbox, store, board] = [tableInbox(pool), postgresStore(pool), await noticeBoard(connectionString)]

const hook = webhook(
  { scheme: standardWebhooks, secret: process.env['WEBHOOK_SECRET'] ?? '', inbox, store, transaction: true, leaseSeconds: 2 },
  async (_event, { transaction }) => {
    // One after the other, so that the ids of the stream become visible in their order: a browser asks for what comes after its last.
    await transaction.query(`select pg_advisory_xact_lock(hashtextextended('notices', 0))`)
    await publish(transaction, 'payments', 'order.paid')
  },
)
const ending = new AbortController()
const worked = inbox.work(hook, { leaseSeconds: 2, concurrency: 4, pollSeconds: 0.2, signal: ending.signal })

const stream = streamOrder({ pool, board, heartbeatMs: 15_000 })
const server = express()
  .disable('x-powered-by')
  .all('/webhooks', hook)
  .get('/events', (request, response) => stream('payments', request, response))
  .get('/', (_request, response) => response.sendFile(fileURLToPath(new URL('page.html', import.meta.url))))
  .listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(JSON.stringify({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  ending.abort()
  await worked
  await board.close()
  await pool.end()
  process.exit()
})
