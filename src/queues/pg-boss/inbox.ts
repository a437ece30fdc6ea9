import { expectNumber, expectOption } from '../../core/options'
import type { Inbox } from '../../receiver/inbox'
import { uuidOf } from '../name'
import type { BossDb } from './db'

/** What is called of pg-boss, of version 10 or later. */
export interface Boss {
  send(name: string, data: object, options: BossJobOptions): Promise<string | null>
  getJobById(
    name: string,
    id: string,
    options?: { includeArchive: boolean; db?: BossDb },
  ): Promise<{ readonly state: string } | null>
  retry(name: string, id: string): Promise<unknown>
}

/** How a job is kept and tried again, in the words of pg-boss. */
export interface BossJobOptions {
  readonly id: string
  readonly retryLimit: number
  readonly retryDelay: number
  readonly retryBackoff: boolean
}

/** What `pgBossInbox` may be given. */
export interface PgBossInboxOptions {
  /** How often a job is tried again before it has failed for good. Default 9. */
  readonly retryLimit?: number
  /** The seconds before the first retry; each one after it waits about twice as long. Default 5. */
  readonly retryDelaySeconds?: number
}

/**
 * An inbox on a queue of pg-boss, which must be there: `boss.work(name, async ([job]) => receiver.work(job.data))` works on it.
 *
 * One job for an event, under an id that is made of its key: pg-boss takes no second one as long as it remembers the first, so let it keep
 * jobs for twice the sender's retry window. A job that had failed for good is tried again.
 */
export function pgBossInbox(boss: Boss, name: string, options: PgBossInboxOptions = {}): Inbox {
  const isBoss = (['send', 'getJobById', 'retry'] as const).every(
    (method) => typeof (boss as Partial<Boss> | undefined)?.[method] === 'function',
  )
  expectOption(isBoss, 'boss', 'a PgBoss of pg-boss', boss)
  expectOption(typeof name === 'string' && name !== '', 'name', 'the name of a queue', name)
  const { retryLimit = 9, retryDelaySeconds = 5 } = options
  expectNumber('retryLimit', retryLimit)
  expectNumber('retryDelaySeconds', retryDelaySeconds)

  return {
    async put(message) {
      const id = await uuidOf(message.key)
      const kept = { id, retryLimit, retryDelay: retryDelaySeconds, retryBackoff: retryDelaySeconds > 0 }
      const find = () => boss.getJobById(name, id, { includeArchive: true })
      const earlier = await find()
      if (!earlier && (await boss.send(name, message, kept)) !== null) return 'accepted'
      const found = earlier ?? (await find())
      // It takes no job, and says no more than for a duplicate, where there is no such queue.
      if (!found) throw new Error(`pg-boss has taken no job for the queue ${name}: is it there? Make it with boss.createQueue().`)
      if (found.state !== 'failed') return 'duplicate'
      await boss.retry(name, id)
      return 'accepted'
    },
  }
}
