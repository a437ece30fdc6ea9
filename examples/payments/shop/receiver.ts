import type { Observation } from 'countersign'
import { webhook } from 'countersign/express'
import { standardWebhooks } from 'countersign/schemes'
import { postgresStore } from 'countersign/stores/postgres'
import type { Pool } from 'pg'
import { recordFailure, recordPayment } from './ledger'
import { paymentEvent } from './payment-event'

interface ReceiverOptions {
  readonly pool: Pool
  readonly secret: string
  readonly leaseSeconds: number
  readonly observe: (observation: Observation) => void
}

/** Where the provider's events arrive. What the handler writes and the completion of the event commit together, or not at all. */
export async function paymentsReceiver({ pool, secret, leaseSeconds, observe }: ReceiverOptions) {
  const store = postgresStore(pool)
  await store.migrate()

  return webhook(
    { scheme: standardWebhooks, secret, store, transaction: true, schema: paymentEvent, leaseSeconds, observe },
    async ({ payload }, { transaction }) => {
      switch (payload.type) {
        case 'payment.succeeded':
          return recordPayment(transaction, payload.data)
        case 'payment.failed':
          return recordFailure(transaction, payload.data)
      }
    },
  )
}
