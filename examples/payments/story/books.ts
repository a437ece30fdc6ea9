import pg from 'pg'

/** The shop's tables, read past the shop: what is true, whether it runs or not. */
export interface Books {
  statusOf(order: string): Promise<string | undefined>
  ledgerRows(order: string): Promise<number>
  /** Every order with how often it was paid, the oldest first. */
  all(): Promise<readonly { readonly order: string; readonly status: string; readonly rows: number; readonly cents: number }[]>
  /**
   * Holds an order's row, so that the shop's handler comes to a halt in the middle: after its first write, before its second.
   * `reached` resolves when it stands there.
   */
  hold(order: string): Promise<{ reached(): Promise<void>; letGo(): Promise<void> }>
  close(): Promise<void>
}

export function openBooks(connectionString: string): Books {
  const pool = new pg.Pool({ connectionString, max: 4, application_name: 'countersign demo: story' })
  pool.on('error', () => {})
  const holders = new Set<pg.Client>()
  const count = async (text: string, values: readonly unknown[]) => Number((await pool.query(text, [...values])).rows[0].count)

  return {
    async statusOf(order) {
      return (await pool.query('select status from orders where id = $1', [order])).rows[0]?.status
    },
    ledgerRows: (order) => count('select count(*) from ledger where order_id = $1', [order]),
    async all() {
      const { rows } = await pool.query(
        `select o.id as order, o.status, count(l.id)::int as rows, coalesce(sum(l.amount_cents), 0)::int as cents
         from orders o left join ledger l on l.order_id = o.id group by o.id order by o.created_at`,
      )
      return rows
    },
    async hold(order) {
      const client = new pg.Client({ connectionString })
      client.on('error', () => {})
      await client.connect()
      holders.add(client)
      await client.query('begin')
      await client.query('select from orders where id = $1 for no key update', [order])
      const waiting = `select count(*) from pg_stat_activity
        where application_name = 'countersign demo: shop' and wait_event_type = 'Lock' and query like 'update orders%'`
      return {
        async reached() {
          const deadline = Date.now() + 15_000
          while ((await count(waiting, [])) === 0) {
            if (Date.now() > deadline) throw new Error('The handler did not come to the row that is held')
            await new Promise((resolve) => setTimeout(resolve, 15))
          }
        },
        async letGo() {
          holders.delete(client)
          await client.end()
        },
      }
    },
    async close() {
      await Promise.all([...holders].map((client) => client.end()))
      await pool.end()
    },
  }
}
