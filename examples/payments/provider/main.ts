/** The payment provider: takes payments, and tells the shop how they went, at the address that the shop registered. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { z } from 'zod'
import { deliverer } from './deliveries'
import { type PaymentEvent, takePayment } from './events'

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
/** Whoever asks twice for one order, after a lost answer say, is charged once: it is the same event again. */
const taken = new Map<string, PaymentEvent>()
let deliver: ReturnType<typeof deliverer> | undefined

const app = express()
  .disable('x-powered-by')
  .use((request, response, next) => {
    if (request.headers.authorization === `Bearer ${process.env['API_KEY']}`) next()
    else response.sendStatus(401)
  })
  .use(express.json({ limit: '4kb' }))
  .post('/endpoint', (request, response) => {
    deliver = deliverer({ endpoint: endpointRequest.parse(request.body), schedule, log })
    response.json({})
  })
  .post('/payments', (request, response) => {
    const { copies, processingMs, ...payment } = paymentRequest.parse(request.body)
    const event = taken.get(payment.order) ?? takePayment(payment)
    if (payment.card === 'good') taken.set(payment.order, event)
    log({ event: { event: event.id, order: payment.order, copies } })
    response.status(202).json({ event: event.id })
    delay(processingMs).then(() => {
      for (let copy = 1; copy <= copies; copy++) deliver?.(event)
    })
  })

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
log({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })

process.once('SIGTERM', () => process.exit())
