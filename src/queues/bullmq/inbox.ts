import { expectFunction, expectNumber, expectOption } from '../../core/options'
import type { Inbox, InboxMessage } from '../../receiver/inbox'
import { defaultRetentionSeconds, digestOf } from '../name'

/** What is called of a job of BullMQ. */
export interface BullmqJob {
  retry(state: 'failed'): Promise<void>
}

/** What is called of a `Queue` of BullMQ. */
export interface BullmqQueue {
  add(name: string, data: InboxMessage, options: BullmqJobOptions): Promise<unknown>
  getJobState(id: string): Promise<string>
  getJob(id: string): Promise<BullmqJob | undefined>
}

/** How a job is kept and tried again, in the words of BullMQ. */
export interface BullmqJobOptions {
  readonly jobId: string
  readonly attempts: number
  readonly backoff: { readonly type: string; readonly delay?: number }
  readonly removeOnComplete: { readonly age: number }
  readonly removeOnFail: false
}

/** What `bullmqInbox` may be given. */
export interface BullmqInboxOptions {
  /** The name of each job. Default: the event's type, else the scheme's name. */
  readonly jobName?: (message: InboxMessage) => string
  /** How often a job is tried before it is kept among the failed ones. Default 10. */
  readonly attempts?: number
  /** BullMQ's own back-off. Default: exponential from 5 seconds, which makes ten tries in 43 minutes. */
  readonly backoff?: BullmqJobOptions['backoff']
  /** How long a job that is done is remembered, so that a duplicate is none; twice the sender's retry window. Default 7 days. */
  readonly retentionSeconds?: number
}

/**
 * An inbox on a queue of BullMQ: `new Worker(queue.name, (job) => receiver.work(job.data))` works on it.
 *
 * One job for an event, under a hash of its key. BullMQ does not tell a duplicate, so that `put` says `unknown`; a job that had failed for
 * good is tried again. It is as durable as its Redis: let it write to disk and never evict.
 */
export function bullmqInbox(queue: BullmqQueue, options: BullmqInboxOptions = {}): Inbox {
  const isQueue = (['add', 'getJobState', 'getJob'] as const).every(
    (name) => typeof (queue as Partial<BullmqQueue> | undefined)?.[name] === 'function',
  )
  expectOption(isQueue, 'queue', 'a Queue of BullMQ', queue)
  const { attempts = 10, backoff = { type: 'exponential', delay: 5000 }, retentionSeconds = defaultRetentionSeconds } = options
  const { jobName = ({ type, scheme }: InboxMessage) => type || scheme } = options
  expectFunction('jobName', jobName)
  expectNumber('attempts', attempts, 1)
  expectNumber('retentionSeconds', retentionSeconds, 1)
  expectOption(typeof backoff?.type === 'string', 'backoff', 'a back-off of BullMQ, such as { type, delay }', backoff)

  return {
    async put(message) {
      const jobId = await digestOf(message.key)
      const kept = { jobId, attempts, backoff, removeOnComplete: { age: retentionSeconds }, removeOnFail: false } as const
      await queue.add(jobName(message), message, kept)
      // A job of that id is left as it is, also one that has failed for good.
      if ((await queue.getJobState(jobId)) !== 'failed') return 'unknown'
      await (await queue.getJob(jobId))?.retry('failed')
      return 'accepted'
    },
  }
}
