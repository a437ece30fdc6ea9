import { createSession } from 'better-sse'
import type { Request, Response } from 'express'
import type { Pool } from 'pg'
import { type NoticeBoard, noticesAfter } from './notices'

/** A browser that was away for longer than this many notices is told once to look again, rather than each of them. */
const backlogLimit = 50

interface StreamOptions {
  readonly pool: Pool
  readonly board: NoticeBoard
  /** A comment that often, so that no proxy takes a quiet stream for a dead one. */
  readonly heartbeatMs: number
}

/**
 * Tells a browser of an order over Server-Sent Events, `{ type, id }` each: what is true of the order, it asks for itself.
 *
 * Every event has the id of its row, so that a browser that comes back with `Last-Event-ID` gets what it missed.
 */
export const streamOrder =
  ({ pool, board, heartbeatMs }: StreamOptions) =>
  async (order: string, request: Request, response: Response): Promise<void> => {
    const session = await createSession(request, response, { keepAlive: heartbeatMs, retry: 1000 })
    let last = /^\d{1,18}$/.test(session.lastId) ? session.lastId : '0'
    let turn = Promise.resolve()

    async function catchUp() {
      const notices = await noticesAfter(pool, order, last, backlogLimit + 1)
      const isTooMany = notices.length > backlogLimit
      for (const { type, id } of isTooMany ? await newest() : notices) {
        if (!session.isConnected) return
        session.push({ type: isTooMany ? 'order.changed' : type, id: order }, 'message', id)
        last = id
      }
    }
    const newest = async () => {
      const { rows } = await pool.query<{ id: string; type: string }>(
        'select id::text, type from notices where order_id = $1 order by notices.id desc limit 1',
        [order],
      )
      return rows
    }
    // One read at a time; when one fails the stream ends, and the browser comes back with the id of the last notice that it has.
    const next = () => {
      turn = turn.then(catchUp).catch(() => void response.destroy())
    }

    const unwatch = board.watch(order, next)
    session.once('disconnected', unwatch)
    if (!session.isConnected) unwatch()
    next()
  }
