/** The shop's backend: `LISTEN_PORT` (0 takes a free one) and the settings below come from the environment. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'
import { api } from './api'
import { noticeBoard } from './notices'
import { pages } from './pages'
import { paymentProvider } from './provider'
import { paymentsReceiver } from './receiver'
import { shoppers } from './shopper'

const setting = (name: string): string => {
  const value = process.env[name]
  if (!value) throw new Error(`Set ${name}`)
  return value
}
const log = (line: unknown) => console.log(JSON.stringify(line))

const connectionString = setting('DATABASE_URL')
const pool = new pg.Pool({ connectionString, max: 10, application_name: 'countersign demo: shop' })
pool.on('error', () => {})
await pool.query(await readFile(new URL('tables.sql', import.meta.url), 'utf8'))
const board = await noticeBoard(connectionString)
const who = shoppers(setting('COOKIE_KEY'))

const payments = await paymentsReceiver({
  pool,
  secret: setting('WEBHOOK_SECRET'),
  leaseSeconds: Number(process.env['LEASE_SECONDS'] ?? 30),
  observe: (observation) =>
    log({ observed: 'error' in observation ? { ...observation, error: String(observation.error) } : observation }),
})
const ending = new AbortController()
const worked = payments.work(ending.signal)

const app = express().disable('x-powered-by')
app.all('/webhooks/payments', payments.hook)
app.use(
  '/api/orders',
  api({
    pool,
    board,
    shoppers: who,
    askForPayment: paymentProvider(setting('PROVIDER_URL'), setting('PROVIDER_KEY')),
    heartbeatMs: 1000 * Number(process.env['HEARTBEAT_SECONDS'] ?? 15),
  }),
)
app.use(pages(who, process.env['TIMELINE_URL']))
app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  log({ error: String(error) })
  if (response.headersSent) response.destroy()
  else response.sendStatus(500)
})

const server = app.listen(Number(process.env['LISTEN_PORT'] ?? 0), '127.0.0.1')
await once(server, 'listening')
log({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  ending.abort()
  await worked
  await board.close()
  await pool.end()
  process.exit()
})
