/** The payment provider: takes payments, and tells the shop how they went, at the address that the shop registered. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import pg from 'pg'
import { z } from 'zod'
import { openOutbox, startDelivering } from './deliveries'
import { findPayment, nameEvent, takePayment } from './events'

const endpointRequest = z.object({ url: z.url(), secret: z.string() })
const paymentRequest = z.object({
  order: z.string(),
  amountCents: z.int().positive(),
  currency: z.literal('EUR'),
  card: z.enum(['good', 'declined']),
  copies: z.int().min(1).max(50).default(1),
  processingMs: z
    .int()
    .min(0)
    .default(Number(process.env['PROCESSING_MS'] ?? 0)),
})

const schedule = (process.env['SCHEDULE'] ?? '60,300,1800').split(',').map(Number)
const log = (line: unknown) => console.log(JSON.stringify(line))

const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: 10,
  application_name: 'countersign demo: provider',
})
pool.on('error', () => {})
await pool.query(await readFile(new URL('tables.sql', import.meta.url), 'utf8'))
await openOutbox(pool).migrate()
let deliveries: ReturnType<typeof startDelivering> | undefined

const app = express()
  .disable('x-powered-by')
  .use((request, response, next) => {
    if (request.headers.authorization === `Bearer ${process.env['API_KEY']}`) next()
    else response.sendStatus(401)
  })
  .use(express.json({ limit: '4kb' }))
  .post('/endpoint', async (request, response) => {
    const endpoint = endpointRequest.parse(request.body)
    await deliveries?.close()
    deliveries = startDelivering({ pool, endpoint, schedule, log })
    response.json({})
  })
  .post('/payments', async (request, response) => {
    const { processingMs, ...payment } = paymentRequest.parse(request.body)
    const earlier = await findPayment(pool, payment.order)
    const event = earlier ?? nameEvent()
    log({ event: { event, order: payment.order, copies: payment.copies } })
    response.status(202).json({ event })
    if (earlier !== undefined) return
    await delay(processingMs)
    await takePayment(pool, event, payment).catch((error) => log({ error: String(error) }))
  })

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
log({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  await deliveries?.close()
  await pool.end()
  process.exit()
})
