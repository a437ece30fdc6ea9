import type { Observation } from 'countersign'
import { webhook } from 'countersign/express'
import { tableInbox } from 'countersign/queues/table'
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

/**
 * Where the provider's events arrive: what is genuine is kept, acknowledged at once, and handled next.
 *
 * What the handler writes and the completion of the event commit together, or not at all.
 */
export async function paymentsReceiver({ pool, secret, leaseSeconds, observe }: ReceiverOptions) {
  const [inbox, store] = [tableInbox(pool), postgresStore(pool)]
  await Promise.all([inbox.migrate(), store.migrate()])

  const hook = webhook(
    { scheme: standardWebhooks, secret, inbox, store, transaction: true, schema: paymentEvent, leaseSeconds, observe },
    async ({ payload }, { transaction }) => {
      switch (payload.type) {
        case 'payment.succeeded':
          return recordPayment(transaction, payload.data)
        case 'payment.failed':
          return recordFailure(transaction, payload.data)
      }
    },
  )
  return {
    hook,
    /** Handles what is in the inbox until the signal aborts. */
    work: (signal: AbortSignal) => inbox.work(hook, { leaseSeconds, concurrency: 4, pollSeconds: 0.1, signal }),
  }
}
