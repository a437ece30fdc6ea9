import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import pg from 'pg'

export type NoticeType = 'order.waiting' | 'order.paid' | 'order.declined'

export interface Notice {
  readonly id: string
  readonly type: NoticeType
}

/** Tells whoever watches an order, once the transaction has committed. Change the order first: its row lock keeps the ids in order. */
export async function publish(transaction: ClientBase | Pool, order: string, type: NoticeType): Promise<void> {
  await transaction.query(
    `with notice as (insert into notices (order_id, type) values ($1, $2) returning order_id)
     select pg_notify('notices', order_id) from notice`,
    [order, type],
  )
}

/** What happened to an order after the notice `after`, the oldest first. */
export async function noticesAfter(pool: Pool, order: string, after: string, limit: number): Promise<readonly Notice[]> {
  const { rows } = await pool.query<Notice>(
    'select id::text, type from notices where order_id = $1 and id > $2 order by notices.id limit $3',
    [order, after, limit],
  )
  return rows
}

/** Hears of notices from every process that writes them, this one or another. */
export interface NoticeBoard {
  /** Calls `listener` when there may be news of the order; returns how to stop. */
  watch(order: string, listener: () => void): () => void
  close(): Promise<void>
}

export async function noticeBoard(connectionString: string): Promise<NoticeBoard> {
  const watchers = new EventEmitter().setMaxListeners(0)
  let client = await listen()
  let isClosed = false

  async function listen(): Promise<pg.Client> {
    const next = new pg.Client({ connectionString, application_name: 'countersign demo: notices' })
    next.on('notification', ({ payload }) => watchers.emit(payload ?? ''))
    next.on('error', () => next.end().catch(() => {}))
    await next.connect()
    await next.query('listen notices')
    next.once('end', reconnect)
    return next
  }

  async function reconnect(): Promise<void> {
    while (!isClosed) {
      try {
        client = await listen()
        for (const order of watchers.eventNames()) watchers.emit(order)
        return
      } catch {
        await delay(1000)
      }
    }
  }

  return {
    watch(order, listener) {
      watchers.on(order, listener)
      return () => watchers.off(order, listener)
    },
    async close() {
      isClosed = true
      await client.end()
    },
  }
}
