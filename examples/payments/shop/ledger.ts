import type { ClientBase } from 'pg'
import { publish } from './notices'
import type { PaymentEvent } from './payment-event'

type Succeeded = Extract<PaymentEvent, { type: 'payment.succeeded' }>['data']
type Failed = Extract<PaymentEvent, { type: 'payment.failed' }>['data']

/** Books a payment. No constraint keeps a second run from booking it twice: that is what the receiver is for. */
export async function recordPayment(transaction: ClientBase, { payment, order, amountCents }: Succeeded): Promise<void> {
  await transaction.query('insert into ledger (payment, order_id, amount_cents) values ($1, $2, $3)', [
    payment,
    order,
    amountCents,
  ])
  const { rowCount } = await transaction.query(`update orders set status = 'paid' where id = $1 and amount_cents = $2`, [
    order,
    amountCents,
  ])
  if (rowCount !== 1) throw new Error(`The payment ${payment} fits no order`)
  await publish(transaction, order, 'order.paid')
}

/** A declined payment leaves the order open: the shopper may try again. */
export async function recordFailure(transaction: ClientBase, { order, reason }: Failed): Promise<void> {
  const { rowCount } = await transaction.query(
    `update orders set status = 'declined', reason = $2 where id = $1 and status <> 'paid'`,
    [order, reason],
  )
  if (rowCount === 1) await publish(transaction, order, 'order.declined')
}
