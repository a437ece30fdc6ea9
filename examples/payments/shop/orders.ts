import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { publish } from './notices'

/** What a shopper may know of an order of theirs. */
export interface Order {
  readonly id: string
  readonly item: string
  readonly amountCents: number
  readonly status: 'open' | 'waiting' | 'paid' | 'declined'
  readonly reason?: string
}

const catalogue = { item: 'Field notebook, dotted', amountCents: 2400 }

export async function createOrder(pool: Pool, shopper: string): Promise<string> {
  const id = `order_${randomBytes(9).toString('base64url')}`
  await pool.query('insert into orders (id, shopper, item, amount_cents) values ($1, $2, $3, $4)', [
    id,
    shopper,
    catalogue.item,
    catalogue.amountCents,
  ])
  return id
}

/** The order, if it is this shopper's: somebody else's is the same as none. */
export async function findOrder(pool: Pool, shopper: string, id: string): Promise<Order | undefined> {
  const { rows } = await pool.query<Order>(
    `select id, item, amount_cents as "amountCents", status, reason from orders where id = $1 and shopper = $2`,
    [id, shopper],
  )
  return rows[0]
}

/** Whether the order waits from now on; not when it is paid, or waits already. */
export async function startWaiting(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update orders set status = 'waiting', reason = null where id = $1 and status in ('open', 'declined')`,
    [id],
  )
  if (rowCount === 1) await publish(pool, id, 'order.waiting')
  return rowCount === 1
}

export async function stopWaiting(pool: Pool, id: string): Promise<void> {
  await pool.query(`update orders set status = 'open' where id = $1 and status = 'waiting'`, [id])
}
