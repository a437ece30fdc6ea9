import { expectNumber, expectOption } from '../../core/options'
import { keepEvent, type Outbox, type Settlement } from '../../sender/outbox'
import { type Queryable, type TaggedSql, toQueryable } from '../../stores/postgres/client'
import { workOn } from '../loop'
import { uuidOf } from '../name'
import { nameOf, type Parcel, packEvent, parcelsTo, putOff, toDead, toTask } from '../parcel'
import type { BossDb } from './db'

/** How a job is kept, in the words of pg-boss. */
export interface BossDeliveryOptions {
  readonly id: string
  readonly startAfter?: Date
  readonly retryLimit: number
  readonly retryDelay: number
  readonly expireInSeconds: number
  readonly retentionSeconds: number
  readonly db?: BossDb
}

/** What is called of pg-boss, of version 10 or later. */
export interface OutboxBoss {
  send(name: string, data: object, options: BossDeliveryOptions): Promise<string | null>
  fetch(name: string, options: { batchSize: number }): Promise<{ readonly id: string; readonly data: unknown }[]>
  complete(name: string, id: string): Promise<unknown>
  getJobById(
    name: string,
    id: string,
    options?: { includeArchive: boolean; db?: BossDb },
  ): Promise<{ readonly data: unknown } | null>
  deleteJob(name: string, id: string): Promise<unknown>
  createQueue(name: string): Promise<unknown>
  getDb(): BossDb
}

/** What `pgBossOutbox` may be given. */
export interface PgBossOutboxOptions {
  /** The schema of pg-boss, where it is another one than its default. */
  readonly schema?: string
  /** How long pg-boss leaves a delivery to a process that may have died. Longer than the sender's `timeoutSeconds`. Default 60. */
  readonly leaseSeconds?: number
}

/** An outbox on two queues of pg-boss. A put may be part of a transaction, of any client that runs a statement inside it. */
export interface PgBossOutbox extends Outbox<Queryable | TaggedSql> {
  /** Makes the queue, and the one of what is given up, where they are missing; safe to repeat. */
  migrate(): Promise<void>
}

/** How often a delivery may be taken by processes that died: never the reason to give it up. */
const mostLostTries = 1_000_000
const yearSeconds = 365 * 86_400

/** A statement of pg-boss in a transaction of the user's. */
function through(transaction: Queryable | TaggedSql): BossDb {
  const client = toQueryable(transaction)
  return { executeSql: async (text, values) => ({ rows: [...(await client.query(text, values)).rows] }) }
}

/**
 * An outbox on a queue of pg-boss, which must be started. Run `migrate()` once before, and `runOutbox` in as many processes as it takes.
 *
 * Each delivery is a job with a copy of the event, and each further try a job of its own: pg-boss's retries know no schedule. What is given up waits in
 * the queue `<name>-dead`, for a year.
 */
export function pgBossOutbox(
  boss: OutboxBoss,
  name: string,
  { schema = 'pgboss', leaseSeconds = 60 }: PgBossOutboxOptions = {},
): PgBossOutbox {
  const methods = ['send', 'fetch', 'complete', 'getJobById', 'deleteJob', 'createQueue', 'getDb'] as const
  const isBoss = methods.every((method) => typeof (boss as Partial<OutboxBoss> | undefined)?.[method] === 'function')
  expectOption(isBoss, 'boss', 'a PgBoss of pg-boss', boss)
  expectOption(typeof name === 'string' && name !== '', 'name', 'the name of a queue', name)
  expectOption(/^[a-z_]\w*$/i.test(schema), 'schema', 'the schema of pg-boss', schema)
  expectNumber('leaseSeconds', leaseSeconds, 1)
  const deadName = `${name}-dead`
  const kept = { retryLimit: mostLostTries, retryDelay: 1, expireInSeconds: leaseSeconds, retentionSeconds: yearSeconds }

  /** One job for each turn of a delivery, whoever sends it and however often. */
  const idOf = ({ id, endpoint, turn }: Parcel) => uuidOf(endpoint === undefined ? nameOf(id, turn) : nameOf(id, endpoint, turn))
  const deadIdOf = (id: string, endpoint: string) => uuidOf(nameOf(id, endpoint, 'dead'))

  const send = async (parcel: Parcel, more: { readonly startAfter?: Date; readonly db?: BossDb } = {}) =>
    (await boss.send(name, parcel, { id: await idOf(parcel), ...kept, ...more })) !== null

  /** Keeps what came of a job: first what follows from it, so that what comes in between repeats it and loses nothing. */
  async function keep(jobId: string, parcel: Parcel, settled: Settlement): Promise<void> {
    switch (settled.kind) {
      case 'fan-out':
        await Promise.all(parcelsTo(parcel, settled.endpoints).map((one) => send(one)))
        break
      case 'again':
      case 'later':
        await send(putOff(parcel, settled), { startAfter: new Date(Date.now() + settled.seconds * 1000) })
        break
      case 'dead': {
        const { attempts, reason, error } = settled
        const dead: Parcel = { ...parcel, attempts, reason, error }
        await boss.send(deadName, dead, { id: await deadIdOf(parcel.id, parcel.endpoint ?? ''), ...kept })
        break
      }
    }
    await boss.complete(name, jobId)
  }

  return {
    async put(event, { transaction } = {}) {
      const parcel = packEvent(keepEvent(event))
      const db = transaction && { db: through(transaction) }
      const find = async () => boss.getJobById(name, await idOf(parcel), { includeArchive: true, ...db })
      if (await find()) return 'duplicate'
      if (await send(parcel, db)) return 'accepted'
      if (await find()) return 'duplicate'
      // It takes no job, and says no more than for a duplicate, where there is no such queue.
      throw new Error(`pg-boss has taken no job for the queue ${name}: is it there? Make it with migrate().`)
    },

    work(settle, { concurrency, pollSeconds, onError, signal }) {
      return workOn(
        {
          take: (limit) => boss.fetch(name, { batchSize: limit }),
          async handle({ id, data }) {
            const parcel = data as Parcel
            const settlement = await settle(toTask(parcel))
            // Where it cannot be kept the lease ends, and the job is another's.
            await keep(id, parcel, settlement).catch(onError)
            return settlement.kind === 'fan-out'
          },
        },
        { concurrency, pollSeconds, onError, signal },
      )
    },

    async dead({ limit = 100 } = {}) {
      expectNumber('limit', limit)
      // Version 10 has no method for it.
      const waiting = `SELECT data FROM ${schema}.job WHERE name = $1 AND state = 'created' ORDER BY created_on LIMIT $2::int`
      const { rows } = await boss.getDb().executeSql(waiting, [deadName, limit])
      return rows.map(({ data }) => toDead(data as Parcel))
    },

    async redeliver(id, endpoint) {
      const deadId = await deadIdOf(id, endpoint)
      const dead = (await boss.getJobById(deadName, deadId)) as { readonly data: Parcel } | null
      if (!dead) return false
      const { reason: _, error: __, ...parcel } = dead.data
      await send({ ...parcel, attempts: 0, turn: parcel.turn + 1 })
      await boss.deleteJob(deadName, deadId)
      return true
    },

    async migrate() {
      for (const one of [name, deadName]) await boss.createQueue(one)
    },
  }
}
