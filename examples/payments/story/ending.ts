import type { Books } from './books'
import type { Narrator } from './narrator'
import type { Terminal } from './terminal'

/** How many orders of the story are paid; Mallory and Eve never paid. */
const paidInStory = 4

const euros = (cents: number) => `€${(cents / 100).toFixed(2)}`

interface EndingOptions {
  readonly screen: Terminal
  readonly tell: Narrator
  readonly books: Books
  /** Who ordered, by order. */
  readonly people: ReadonlyMap<string, string>
}

/** Says what the books hold now that the story is over. */
export async function tellEnding({ screen: { paint, print }, tell, books, people }: EndingOptions): Promise<void> {
  const orders = (await books.all()).filter(({ order }) => people.has(order))
  tell.ending('What the books hold', 'Every order of the story, with its rows in the ledger.')
  for (const { order, status, rows, cents } of orders) {
    const state = paint(status === 'paid' ? 'green' : 'dim', status.padEnd(6))
    const sum = rows === 1 ? `1 row  ${euros(cents)}` : `${rows} rows ${euros(cents).padStart(6)}`
    print(`${state} ${sum}`, { indent: 17, lead: `${people.get(order) ?? ''}`.padEnd(8) })
  }
  const paid = orders.filter(({ status }) => status === 'paid')
  const rows = orders.reduce((sum, order) => sum + order.rows, 0)
  const isOncePaid = orders.every((order) => order.rows === (order.status === 'paid' ? 1 : 0))
  tell.check(
    isOncePaid && paid.length === paidInStory && rows === paidInStory,
    `${paid.length} orders paid, ${rows} rows in the ledger: each paid order once, the others never`,
  )
}
