import { standardWebhooks } from 'countersign/schemes'
import { createSender } from 'countersign/sender'
import type { PaymentEvent } from './events'

interface DelivererOptions {
  readonly endpoint: { readonly url: string; readonly secret: string }
  /** Seconds to wait before each further try. */
  readonly schedule: readonly number[]
  readonly log: (line: unknown) => void
}

/** Brings events to the shop, by schedule, until it has taken them; logs every try as it ends. */
export function deliverer({ endpoint, schedule, log }: DelivererOptions) {
  const sender = createSender({
    scheme: standardWebhooks,
    schedule,
    // The shop of the demo is on this machine, which no endpoint of a customer may be.
    guard: { allow: ['127.0.0.1/32'], ports: [Number(new URL(endpoint.url).port)] },
    // The default would never let twenty deliveries be under way at once.
    inFlightPerEndpoint: 20,
    onAttempt: ({ id, ...attempt }) => log({ attempt: { ...attempt, event: id } }),
  })
  return async ({ id, body }: PaymentEvent): Promise<void> => {
    const { status, attempts } = await sender.deliver(endpoint, { id, body })
    log({ delivery: { event: id, status, attempts: attempts.length } })
  }
}
