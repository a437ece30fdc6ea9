import { expectNumber, expectOption } from '../../core/options'
import type { Finding } from '../../idempotency/store'
import { type DeadDelivery, type DeadReason, type KeptEvent, keepEvent, type Outbox, type Settlement } from '../../sender/outbox'
import { findDangers } from '../../stores/postgres/check'
import { type Queryable, type TaggedSql, toQueryable } from '../../stores/postgres/client'
import { quoteTable } from '../../stores/postgres/table'
import { defaultRetentionSeconds } from '../name'
import { asker, isClient, toClient } from './ask'
import { outboxMigration, outboxStatements } from './outbox-statements'
import { type TakenTask, workOnOutbox } from './outbox-worker'
import { toErrorText } from './text'

/** What `tableOutbox` may be given. */
export interface TableOutboxOptions {
  /** The table, with or without its schema. Default `countersign_outbox`. */
  readonly table?: string
  /** How long what is delivered can be delivered once more, and its id is a duplicate. Default 7 days. */
  readonly retentionSeconds?: number
}

/** An outbox in one table of PostgreSQL. A put may be part of a transaction, of any client that runs a statement inside it. */
export interface TableOutbox extends Outbox<Queryable | TaggedSql> {
  /** Makes the table where it is missing; safe to repeat, also by several processes at once. */
  migrate(): Promise<void>
  /** Names the settings of the server that void what the outbox promises; none where all is well. */
  check(): Promise<Finding[]>
  /** Forgets at most so many rows whose retention is over; `runOutbox` does it once a minute. */
  sweep(limit: number): Promise<number>
}

/** An event as a row holds it, with whichever of its deliveries. */
interface Row {
  readonly id: string
  readonly type: string | null
  readonly account: string | null
  readonly headers: string
  readonly body: Uint8Array
  readonly endpoint: string
  readonly attempt: number
}

const toEvent = ({ id, type, account, headers, body }: Row): KeptEvent => ({
  id,
  // A driver's Buffer may be a window into a larger one.
  body: new Uint8Array(body),
  headers: JSON.parse(headers) as Record<string, string>,
  ...(type !== null && { type }),
  ...(account !== null && { account }),
})

/**
 * Keeps events in a table until they are delivered: pass a pool of `pg`, the `sql` of postgres.js, or PGlite. Run `migrate()` once before, and
 * `runOutbox` in as many processes as it takes.
 *
 * `put(event, { transaction })` keeps it if and only if that transaction commits, so that what happened and what is told of it never differ. The
 * deliveries of an event share one copy of its body.
 */
export function tableOutbox(
  pool: Queryable | TaggedSql,
  { table = 'countersign_outbox', retentionSeconds = defaultRetentionSeconds }: TableOutboxOptions = {},
): TableOutbox {
  const client = toClient(pool)
  expectNumber('retentionSeconds', retentionSeconds, 1)
  const name = quoteTable(table)
  const sql = outboxStatements(name)
  const ask = asker(client, name)
  const does = async (text: string, values: unknown[], on?: Queryable) => (await ask(text, values, on)).length > 0

  /** Keeps what came of a task, as long as the task is still this worker's. */
  function keep({ event: { id }, endpoint = '', token }: TakenTask, settled: Settlement): Promise<unknown> {
    const own = [id, endpoint, token]
    switch (settled.kind) {
      case 'fan-out':
        return ask(sql.fanOut, [...own, JSON.stringify(settled.endpoints), retentionSeconds])
      case 'delivered':
        return ask(sql.finish, [...own, retentionSeconds])
      case 'again':
        return ask(sql.again, [...own, settled.seconds, 1, toErrorText(settled.error)])
      case 'later':
        return ask(sql.again, [...own, settled.seconds, 0, null])
      case 'dead':
        return ask(sql.bury, [...own, settled.attempts, settled.reason, toErrorText(settled.error)])
    }
  }

  async function sweep(limit: number): Promise<number> {
    expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
    return (await ask(sql.sweep, [limit])).length
  }

  return {
    async put(event, { transaction } = {}) {
      const { id, type = null, account = null, headers, body } = keepEvent(event)
      const isOne = transaction === undefined || isClient(transaction)
      expectOption(isOne, 'transaction', 'a client that sends statements inside a transaction', transaction)
      const values = [id, type, account, JSON.stringify(headers), body]
      return (await does(sql.put, values, transaction && toQueryable(transaction))) ? 'accepted' : 'duplicate'
    },

    work(settle, pace) {
      return workOnOutbox(
        {
          async take(token, limit, mostPerEndpoint, behind) {
            const rows = (await ask(sql.take, [token, pace.leaseSeconds, limit, mostPerEndpoint, behind])) as Row[]
            return rows.map((row) => ({ event: toEvent(row), endpoint: row.endpoint || undefined, attempts: row.attempt }))
          },
          extend: ({ event: { id }, endpoint = '', token }) => ask(sql.extend, [id, endpoint, token, pace.leaseSeconds]),
          keep,
          sweep,
        },
        settle,
        pace,
      )
    },

    async dead({ limit = 100 } = {}) {
      expectNumber('limit', limit)
      const rows = (await ask(sql.dead, [limit])) as (Row & { readonly reason: DeadReason; readonly error: string })[]
      return rows.map((row): DeadDelivery => {
        const { endpoint, attempt, reason, error } = row
        return { event: toEvent(row), endpoint, attempts: attempt, reason, error }
      })
    },
    redeliver: (id, endpoint) => does(sql.redeliver, [id, endpoint]),

    async migrate() {
      await client.query(outboxMigration(name))
    },
    check: () => findDangers(client, name),
    sweep,
  }
}
