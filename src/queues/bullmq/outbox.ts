import { expectFunction, expectNumber, expectOption, refuseOption } from '../../core/options'
import { keepEvent, type Outbox, type OutboxTask, type Settlement } from '../../sender/outbox'
import { defaultRetentionSeconds, digestOf } from '../name'
import { nameOf, type Parcel, packEvent, parcelsTo, putOff, toDead, toTask } from '../parcel'

/** How a job is kept, in the words of BullMQ. */
export interface BullmqDeliveryOptions {
  readonly jobId: string
  readonly attempts: number
  readonly backoff: { readonly type: 'fixed'; readonly delay: number }
  readonly removeOnComplete: { readonly age: number }
  readonly removeOnFail: false
}

/** What is called of a job of BullMQ. */
export interface BullmqDelivery {
  readonly data: unknown
  readonly failedReason?: string | undefined
  updateData(data: Parcel): Promise<unknown>
  moveToDelayed(timestamp: number, token?: string): Promise<unknown>
  retry(state: 'failed' | 'completed'): Promise<unknown>
}

/** What is called of a `Queue` of BullMQ. */
export interface BullmqOutboxQueue {
  add(name: string, data: Parcel, options: BullmqDeliveryOptions): Promise<unknown>
  addBulk(jobs: { name: string; data: Parcel; opts: BullmqDeliveryOptions }[]): Promise<unknown>
  getJobState(id: string): Promise<string>
  getJob(id: string): Promise<BullmqDelivery | undefined>
  getJobs(types: ['failed'], start: number, end: number, isAscending: boolean): Promise<unknown[]>
}

/** What `bullmqOutbox` may be given. */
export interface BullmqOutboxOptions {
  /**
   * Makes the worker, such as `(process) => new Worker(queue.name, process, { connection, concurrency: 50, maxStalledCount: 1000 })`: needed where the
   * outbox is delivered. BullMQ gives a job up that `maxStalledCount` processes have died of, of which its default is one.
   */
  readonly worker?: (process: (job: BullmqDelivery, token?: string) => Promise<void>) => { close(): Promise<unknown> }
  /** How long what is delivered can be delivered once more, and its id is a duplicate. Default 7 days. */
  readonly retentionSeconds?: number
}

/** Our own side's faults, such as a Redis that is away: the engine has the job tried again, and counts. */
const mostFaults = 1_000_000
const faultDelayMs = 5000

/** BullMQ knows its own errors by their names too. */
const named = (name: string, message: string) => Object.assign(new Error(message), { name })

/**
 * An outbox on a queue of BullMQ of its own. Each delivery is a job with a copy of the event, under a hash of the two names; `put` says `unknown`,
 * since BullMQ does not tell a duplicate. It is as durable as its Redis: let it write to disk and never evict.
 */
export function bullmqOutbox(
  queue: BullmqOutboxQueue,
  { worker, retentionSeconds = defaultRetentionSeconds }: BullmqOutboxOptions = {},
): Outbox {
  const methods = ['add', 'addBulk', 'getJobState', 'getJob', 'getJobs'] as const
  const isQueue = methods.every((name) => typeof (queue as Partial<BullmqOutboxQueue> | undefined)?.[name] === 'function')
  expectOption(isQueue, 'queue', 'a Queue of BullMQ', queue)
  expectFunction('worker', worker)
  expectNumber('retentionSeconds', retentionSeconds, 1)

  const jobIdOf = ({ id, endpoint }: Pick<Parcel, 'id' | 'endpoint'>) =>
    digestOf(endpoint === undefined ? nameOf(id) : nameOf(id, endpoint))

  async function optionsOf(parcel: Parcel): Promise<BullmqDeliveryOptions> {
    return {
      jobId: await jobIdOf(parcel),
      attempts: mostFaults,
      backoff: { type: 'fixed', delay: faultDelayMs },
      removeOnComplete: { age: retentionSeconds },
      removeOnFail: false,
    }
  }

  const jobNameOf = ({ type, endpoint }: Parcel) => endpoint ?? type ?? 'event'

  async function fanOut(parcel: Parcel, endpoints: readonly string[]): Promise<void> {
    const jobs = parcelsTo(parcel, endpoints).map(async (one) => ({
      name: jobNameOf(one),
      data: one,
      opts: await optionsOf(one),
    }))
    if (jobs.length > 0) await queue.addBulk(await Promise.all(jobs))
  }

  /** Keeps what came of a job. BullMQ completes it when this returns. */
  async function keep(job: BullmqDelivery, token: string | undefined, settled: Settlement): Promise<void> {
    const parcel = job.data as Parcel
    switch (settled.kind) {
      case 'fan-out':
        return fanOut(parcel, settled.endpoints)
      case 'delivered':
        return
      case 'again':
      case 'later':
        await job.updateData(putOff(parcel, settled))
        await job.moveToDelayed(Date.now() + settled.seconds * 1000, token)
        throw named('DelayedError', 'put off')
      case 'dead': {
        const { attempts, reason, error } = settled
        await job.updateData({ ...parcel, attempts, reason, error })
        throw named('UnrecoverableError', `${reason}: ${error}`)
      }
    }
  }

  return {
    async put(event, options) {
      if (options?.transaction !== undefined) refuseOption('transaction', 'left out: Redis is no part of it', 'one')
      const parcel = packEvent(keepEvent(event))
      await queue.add(jobNameOf(parcel), parcel, await optionsOf(parcel))
      return 'unknown'
    },

    work(settle: (task: OutboxTask) => Promise<Settlement>, { signal }) {
      if (!worker) refuseOption('worker', 'given to bullmqOutbox, to deliver what is in it', worker)
      const running = worker(async (job, token) => keep(job, token, await settle(toTask(job.data as Parcel))))
      return new Promise((resolve, reject) => {
        // It waits for the jobs under way.
        signal.addEventListener('abort', () => void running.close().then(() => resolve(), reject), { once: true })
      })
    },

    async dead({ limit = 100 } = {}) {
      expectNumber('limit', limit)
      const jobs = limit > 0 ? ((await queue.getJobs(['failed'], 0, limit - 1, true)) as BullmqDelivery[]) : []
      return jobs.map(({ data, failedReason }) => toDead(data as Parcel, failedReason))
    },

    async redeliver(id, endpoint) {
      const jobId = await jobIdOf(endpoint === '' ? { id } : { id, endpoint })
      const state = await queue.getJobState(jobId)
      if (state !== 'failed' && state !== 'completed') return false
      const job = await queue.getJob(jobId)
      if (!job) return false
      const { reason: _, error: __, ...parcel } = job.data as Parcel
      await job.updateData({ ...parcel, attempts: 0 })
      await job.retry(state)
      return true
    },
  }
}
