import { z } from 'zod'

const payment = z.object({
  payment: z.string(),
  /** The shop's own order, as the shop named it when it asked for the payment. */
  order: z.string(),
  amountCents: z.int().positive(),
  currency: z.literal('EUR'),
})

/** What the provider tells of a payment. `type` decides what `data` is. */
export const paymentEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('payment.succeeded'), data: payment }),
  z.object({ type: z.literal('payment.failed'), data: payment.extend({ reason: z.string() }) }),
])

export type PaymentEvent = z.infer<typeof paymentEvent>
