import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { openOutbox } from './deliveries'

export interface PaymentRequest {
  readonly order: string
  readonly amountCents: number
  readonly currency: string
  readonly card: 'good' | 'declined'
  /** How many deliveries of its event are started. */
  readonly copies: number
}

const random = () => randomBytes(9).toString('base64url')

/** The event of an order that is paid already, if it is. */
export async function findPayment(pool: Pool, order: string): Promise<string | undefined> {
  const text = 'select event from provider_payments where order_id = $1 and is_taken'
  return (await pool.query<{ event: string }>(text, [order])).rows[0]?.event
}

/** A name for the event of a payment that is about to be made. */
export const nameEvent = (): string => `evt_${random()}`

/** Takes the money, or does not, and puts down what happened together with the event that tells of it: both, or neither. */
export async function takePayment(pool: Pool, id: string, request: PaymentRequest): Promise<void> {
  const { order, amountCents, currency, card, copies } = request
  const payment = { payment: `pay_${random()}`, order, amountCents, currency }
  const isTaken = card === 'good'
  const type = isTaken ? 'payment.succeeded' : 'payment.failed'
  const body = JSON.stringify({ type, data: isTaken ? payment : { ...payment, reason: 'The card was declined.' } })
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rowCount } = await client.query(
      `insert into provider_payments (event, order_id, body, is_taken, copies) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [id, order, body, isTaken, copies],
    )
    if (rowCount === 1) await openOutbox(pool).put({ id, type, body }, { transaction: client })
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}
