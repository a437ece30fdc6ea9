import type { Order } from './orders'

export type Card = 'good' | 'declined'
export type AskForPayment = (order: Order, card: Card) => Promise<void>

/** Asks the provider to take a payment. Its answer only says that it will try: how it went, the event tells. */
export const paymentProvider =
  (url: string, apiKey: string): AskForPayment =>
  async (order, card) => {
    const response = await fetch(new URL('/payments', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ order: order.id, amountCents: order.amountCents, currency: 'EUR', card }),
      signal: AbortSignal.timeout(5000),
    })
    if (!response.ok) throw new Error(`The provider answered ${response.status}`)
  }
