import { createServer } from 'node:http'
import { generateSecret, VerificationError } from 'countersign'
import { webhook as expressWebhook } from 'countersign/express'
import { webhook as fastifyWebhook } from 'countersign/fastify'
import { webhook as nodeWebhook } from 'countersign/node'
import { standardWebhooks, stripe } from 'countersign/schemes'
import { createSender } from 'countersign/sender'
import { postgresStore } from 'countersign/stores/postgres'
import express from 'express'
import fastify from 'fastify'
import { Pool } from 'pg'
import { z } from 'zod'

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('payment.succeeded'), data: z.object({ order: z.string() }) }),
  z.object({ type: z.literal('payment.failed'), data: z.object({ reason: z.string() }) }),
])
const secret = generateSecret()
const store = postgresStore(new Pool())

export const app = express().all(
  '/hooks',
  expressWebhook(
    { scheme: standardWebhooks, secret, store, transaction: true, schema: event },
    async ({ payload }, { transaction }) => {
      const text: string = payload.type === 'payment.succeeded' ? payload.data.order : payload.data.reason
      await transaction.query('insert into orders values ($1)', [text])
    },
  ),
)

export const plugin = fastify().register(fastifyWebhook({ url: '/hooks', scheme: stripe, secret }, () => {}))
export const server = createServer(nodeWebhook({ scheme: stripe, secret: () => undefined }, () => {}))
export const delivery = createSender({ scheme: standardWebhooks }).deliver(
  { url: 'https://example.com', secret },
  { id: 'evt_1', body: '{}' },
)
export const isRefused = (error: unknown): boolean => error instanceof VerificationError && error.code === 'signature_mismatch'
