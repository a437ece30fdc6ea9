import { tableOutbox } from 'countersign/queues/table'
import { standardWebhooks } from 'countersign/schemes'
import { createSender, runOutbox } from 'countersign/sender'
import type { Pool } from 'pg'

interface DelivererOptions {
  readonly pool: Pool
  readonly endpoint: { readonly url: string; readonly secret: string }
  /** Seconds to wait before each further try. */
  readonly schedule: readonly number[]
  readonly log: (line: unknown) => void
}

/** What happened and has yet to be told. */
export const openOutbox = (pool: Pool) => tableOutbox(pool, { table: 'provider_outbox' })

/** Brings events to the shop, by schedule, until it has taken them; logs every try as it ends. */
export function startDelivering({ pool, endpoint, schedule, log }: DelivererOptions) {
  const sender = createSender({
    scheme: standardWebhooks,
    schedule,
    // The shop of the demo is on this machine, which no endpoint of a customer may be.
    guard: { allow: ['127.0.0.1/32'], ports: [Number(new URL(endpoint.url).port)] },
    // The default would never let twenty deliveries be under way at once.
    inFlightPerEndpoint: 20,
  })
  const run = runOutbox(openOutbox(pool), {
    sender,
    pollSeconds: 0.1,
    leaseSeconds: 5,
    async endpoints({ id }) {
      const { rows } = await pool.query<{ copies: number }>('select copies from provider_payments where event = $1', [id])
      // On a bad day the one shop is taken for twenty, each of which is told.
      return Array.from({ length: rows[0]?.copies ?? 0 }, (_, index) => `shop ${index + 1}`)
    },
    endpoint: () => endpoint,
    onAttempt({ id, ...attempt }) {
      log({ attempt: { ...attempt, event: id } })
      if (attempt.verdict === 'delivered') log({ delivery: { event: id, status: 'delivered', attempts: attempt.attempt } })
    },
    onDead: ({ event, reason, attempts }) => log({ delivery: { event: event.id, status: reason, attempts } }),
    onError: (error) => log({ error: String(error) }),
  })
  return {
    async close() {
      sender.close()
      await run.drain()
    },
  }
}
