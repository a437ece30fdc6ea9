import type { Payable } from './provider'

/** A person with a browser: keeps the cookie that the shop gives, and sends it back. */
export interface Shopper {
  readonly cookie: string
  see(order: string): Promise<Response>
}

export interface PlacedOrder extends Payable {
  readonly shopper: Shopper
}

/** Somebody new comes to the shop and orders a notebook. */
export async function placeOrder(shopUrl: string): Promise<PlacedOrder> {
  const created = await fetch(new URL('/api/orders', shopUrl), { method: 'POST' })
  const cookie = created.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const { id } = (await created.json()) as { id: string }
  const shopper: Shopper = { cookie, see: (order) => fetch(new URL(`/api/orders/${order}`, shopUrl), { headers: { cookie } }) }
  const { amountCents } = (await (await shopper.see(id)).json()) as Payable
  return { id, amountCents, shopper }
}
