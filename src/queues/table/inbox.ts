import { expectFunction, expectNumber, expectOption } from '../../core/options'
import { quiet } from '../../core/quiet'
import type { Finding } from '../../idempotency/store'
import type { Inbox, InboxMessage } from '../../receiver/inbox'
import type { Receiver } from '../../receiver/webhook'
import { type Schedule, waitsOf } from '../../sender/schedule'
import { findDangers } from '../../stores/postgres/check'
import type { Queryable, TaggedSql } from '../../stores/postgres/client'
import { quoteTable } from '../../stores/postgres/table'
import { toText } from '../../stores/postgres/text'
import { defaultRetentionSeconds } from '../name'
import { asker, toClient } from './ask'
import { migration, statements } from './inbox-statements'
import { workOnInbox } from './inbox-worker'
import { toErrorText } from './text'

/** What `tableInbox` may be given. */
export interface TableInboxOptions {
  /** The table, with or without its schema. Default `countersign_inbox`. */
  readonly table?: string
  /** When a message whose handler failed is tried again: seconds to wait before each retry, or a name. Default `standard`, over three days. */
  readonly schedule?: Schedule
  /** How long the key of a done message is remembered; twice the sender's retry window at least. Default 7 days. */
  readonly retentionSeconds?: number
}

/** How messages are worked on. */
export interface TableWorkOptions {
  /** How long a message is held without a sign of life, before another worker takes it. Default 30. */
  readonly leaseSeconds?: number
  /** How many messages are handled at one time. Default 10. */
  readonly concurrency?: number
  /** How long to wait where there was nothing to do. Default 1. */
  readonly pollSeconds?: number
  /** Hears why the table could not be asked, such as one that is not there; it is asked again. What it throws changes nothing. */
  readonly onError?: (error: unknown) => void
  /** Ends the work, and aborts the handlers' signals; `work` resolves when all of them have ended. */
  readonly signal?: AbortSignal
}

/** A message that was tried to the end of its schedule and is kept aside. */
export interface DeadMessage {
  readonly key: string
  readonly message: InboxMessage
  readonly attempts: number
  /** What its last try threw, as text. */
  readonly error: string
}

/** An inbox in one table of PostgreSQL. */
export interface TableInbox extends Inbox {
  /** Makes the table where it is missing; safe to repeat, also by several processes at once. */
  migrate(): Promise<void>
  /** Names the settings of the server that void what the inbox promises; none where all is well. */
  check(): Promise<Finding[]>
  /** Hands message after message to the receiver until the signal aborts; any number of processes may do it at once. */
  work(receiver: Pick<Receiver, 'work'>, options?: TableWorkOptions): Promise<void>
  /** The messages that were given up, the oldest first. */
  dead(options?: { readonly limit?: number }): Promise<readonly DeadMessage[]>
  /** Has a message that was given up tried again, from the beginning of its schedule; false where there is none of that key. */
  retry(key: string): Promise<boolean>
  /** Forgets at most so many done messages whose retention is over; `work` does it once a minute. */
  sweep(limit: number): Promise<number>
}

/**
 * Keeps verified deliveries in a table until they are handled: pass a pool of `pg`, the `sql` of postgres.js, or PGlite. Run `migrate()` once
 * before, and `work(receiver)` in as many processes as it takes.
 *
 * Handling is at-least-once: a worker that dies leaves its messages to the next one. With a `postgresStore` and `transaction: true` the
 * receiver's handler takes effect exactly once.
 */
export function tableInbox(
  pool: Queryable | TaggedSql,
  { table = 'countersign_inbox', schedule = 'standard', retentionSeconds = defaultRetentionSeconds }: TableInboxOptions = {},
): TableInbox {
  const client = toClient(pool)
  expectNumber('retentionSeconds', retentionSeconds, 1)
  const waits = waitsOf(schedule)
  const name = quoteTable(table)
  const sql = statements(name)
  const ask = asker(client, name)
  const does = async (text: string, values: unknown[]) => (await ask(text, values)).length > 0

  async function sweep(limit: number): Promise<number> {
    expectOption(Number.isInteger(limit) && limit >= 0, 'limit', 'an integer of 0 or more', limit)
    return (await ask(sql.sweep, [limit])).length
  }

  return {
    async put(message) {
      return (await does(sql.put, [toText(message.key), JSON.stringify(message)])) ? 'accepted' : 'duplicate'
    },

    async migrate() {
      await client.query(migration(name))
    },
    check: () => findDangers(client, name),

    async work(receiver, { leaseSeconds = 30, concurrency = 10, pollSeconds = 1, onError, signal } = {}) {
      expectOption(typeof receiver?.work === 'function', 'receiver', 'what `webhook` has made', receiver)
      expectNumber('leaseSeconds', leaseSeconds, 0.01)
      expectNumber('concurrency', concurrency, 1)
      expectNumber('pollSeconds', pollSeconds)
      expectFunction('onError', onError)
      expectOption(signal === undefined || typeof signal?.aborted === 'boolean', 'signal', 'an AbortSignal', signal)
      const shelf = {
        async take(token: string, limit: number) {
          const rows = (await ask(sql.take, [token, leaseSeconds, limit])) as { key: string; message: string; attempt: number }[]
          return rows.map(({ key, message, attempt }) => ({ key, message: JSON.parse(message) as InboxMessage, attempt }))
        },
        extend: ({ key, token }: { key: string; token: string }) => does(sql.extend, [key, token, leaseSeconds]),
        finish: ({ key, token }: { key: string; token: string }) => does(sql.finish, [key, token, retentionSeconds]),
        giveUp({ key, token }: { key: string; token: string }, waitSeconds: number | undefined, error: unknown) {
          const told = toErrorText(error)
          return waitSeconds === undefined ? does(sql.bury, [key, token, told]) : does(sql.again, [key, token, waitSeconds, told])
        },
        sweep,
      }
      await workOnInbox(shelf, receiver, { leaseSeconds, concurrency, pollSeconds, waits, signal, onError: quiet(onError) })
    },

    async dead({ limit = 100 } = {}) {
      expectNumber('limit', limit)
      const rows = (await ask(sql.dead, [limit])) as { message: string; attempt: number; error: string }[]
      return rows.map(({ message, attempt, error }) => {
        const kept = JSON.parse(message) as InboxMessage
        return { key: kept.key, message: kept, attempts: attempt, error }
      })
    },
    retry: (key) => does(sql.revive, [toText(key)]),

    sweep,
  }
}
