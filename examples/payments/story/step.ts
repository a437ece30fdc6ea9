import type { Narrator } from './narrator'
import { type PlacedOrder, placeOrder } from './shopper'
import type { Stage } from './stage'

/** What a step of the story has at hand. */
export interface Scene extends Stage {
  readonly tell: Narrator
  /** Somebody orders a notebook. */
  order(who: string): Promise<PlacedOrder>
  /** What must be true of an order that was paid once, whatever happened on the way. */
  expectPaidOnce(order: PlacedOrder, event: string): Promise<void>
}

export type Step = (scene: Scene) => Promise<void>

export function scene(stage: Stage, tell: Narrator, onOrder: (order: string, who: string) => void): Scene {
  return {
    ...stage,
    tell,
    async order(who) {
      const order = await placeOrder(stage.shop.url)
      onOrder(order.id, who)
      return order
    },
    async expectPaidOnce(order, event) {
      const runs = () => stage.shop.observed(event).filter(({ outcome }) => outcome === 'executed').length
      // Acknowledged is not handled: after a crash it takes the rest of a lease.
      await soon(() => runs() > 0, 20_000)
      const { status } = (await (await order.shopper.see(order.id)).json()) as { status: string }
      const rows = await stage.books.ledgerRows(order.id)
      tell.check(
        runs() === 1 && rows === 1 && status === 'paid',
        `handler runs: ${runs()} · ledger rows: ${rows} · the shopper sees: ${status}`,
      )
    },
  }
}

/** What another process logs is read a moment later. */
export async function soon(holds: () => boolean, patienceMs = 2000): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
}
