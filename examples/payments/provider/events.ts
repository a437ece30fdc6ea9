import { randomBytes } from 'node:crypto'

export interface PaymentRequest {
  readonly order: string
  readonly amountCents: number
  readonly currency: string
  readonly card: 'good' | 'declined'
}

/** An event as it is delivered: every delivery of it carries the same id and the same bytes. */
export interface PaymentEvent {
  readonly id: string
  readonly body: string
}

const random = () => randomBytes(9).toString('base64url')

/** Takes the money, or does not, and puts down what happened. */
export function takePayment({ order, amountCents, currency, card }: PaymentRequest): PaymentEvent {
  const payment = { payment: `pay_${random()}`, order, amountCents, currency }
  const isTaken = card === 'good'
  const event = {
    type: isTaken ? 'payment.succeeded' : 'payment.failed',
    data: isTaken ? payment : { ...payment, reason: 'The card was declined.' },
  }
  return { id: `evt_${random()}`, body: JSON.stringify(event) }
}
