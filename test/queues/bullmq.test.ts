import { Queue, Worker } from 'bullmq'
import { ConfigurationError } from 'countersign'
import { type BullmqQueue, bullmqInbox } from 'countersign/queues/bullmq'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../servers/redis'
import { messageOf, options, receiverOn } from './harness'

const server = await startRedis({ appendonly: 'yes', 'maxmemory-policy': 'noeviction' })
afterAll(() => server?.stop())
const connection = { host: '127.0.0.1', port: server?.port ?? 0, maxRetriesPerRequest: null }

let made = 0
function openQueue() {
  const queue = new Queue(`hooks-${++made}`, { connection })
  onTestFinished(() => queue.close())
  return queue
}

function start(queue: Queue, work: (data: never, attempt: number) => Promise<unknown>) {
  const worker = new Worker(queue.name, (job) => work(job.data as never, job.attemptsMade + 1), { connection, concurrency: 4 })
  worker.on('error', () => undefined)
  onTestFinished(() => worker.close())
  return worker
}

describe.skipIf(!server)('bullmqInbox', () => {
  test('acknowledges first, and the engine’s worker handles once what came twice', async () => {
    const queue = openQueue()
    const handled: (string | undefined)[] = []
    const receiver = receiverOn(bullmqInbox(queue), ({ id }) => void handled.push(id))
    expect(await Promise.all([receiver.deliver('msg_1'), receiver.deliver('msg_1'), receiver.deliver('12345')])).toEqual([
      200, 200, 200,
    ])
    expect(receiver.puts()).toEqual(['unknown', 'unknown', 'unknown'])
    expect(await queue.getWaitingCount()).toBe(2)
    expect((await queue.getJobs()).map(({ name }) => name)).toEqual(['paid', 'paid'])
    start(queue, (data) => receiver.hook.work(data))
    await vi.waitFor(() => expect(handled.sort()).toEqual(['12345', 'msg_1']))
    await vi.waitFor(async () => expect(await queue.getCompletedCount()).toBe(2))
    // Also when it is done.
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(await queue.getWaitingCount()).toBe(0)
    expect(handled).toHaveLength(2)
  })

  test('has a job tried again as it is told, keeps the failed, and takes one again that had failed for good', async () => {
    const queue = openQueue()
    const inbox = bullmqInbox(queue, { attempts: 2, backoff: { type: 'fixed', delay: 1 }, jobName: () => 'hook' })
    const attempts: number[] = []
    let isHealthy = false
    start(queue, async (_, attempt) => {
      attempts.push(attempt)
      if (!isHealthy) throw new Error('no')
    })
    const message = messageOf()
    expect(await inbox.put(message, options)).toBe('unknown')
    await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(1))
    expect(attempts).toEqual([1, 2])
    isHealthy = true
    expect(await inbox.put(message, options)).toBe('accepted')
    await vi.waitFor(async () => expect(await queue.getCompletedCount()).toBe(1))
    const [job] = await queue.getCompleted()
    expect([job?.name, job?.data]).toEqual(['hook', message])
  })

  test('has a job tried again by a schedule of one’s own, as docs/inbox.md says', async () => {
    const queue = openQueue()
    const waits = [0.06, 0.02]
    const inbox = bullmqInbox(queue, { attempts: waits.length + 1, backoff: { type: 'schedule' } })
    const times: number[] = []
    const asked: number[] = []
    const worker = new Worker(
      queue.name,
      async () => {
        times.push(performance.now())
        throw new Error('no')
      },
      {
        connection,
        settings: {
          backoffStrategy: (attemptsMade) => {
            asked.push(attemptsMade)
            return (waits[attemptsMade - 1] ?? 0) * 1000
          },
        },
      },
    )
    onTestFinished(() => worker.close())
    await inbox.put(messageOf(), options)
    await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(1), 5000)
    expect(asked).toEqual([1, 2])
    const [first = 0, second = 0, third = 0] = times
    expect(second - first).toBeGreaterThanOrEqual(50)
    expect(third - second).toBeGreaterThanOrEqual(10)
  })

  test('is answered 503 while Redis is away, and the event comes again', async () => {
    const own = await startRedis()
    const queue = new Queue('away', {
      connection: {
        host: '127.0.0.1',
        port: own?.port ?? 0,
        maxRetriesPerRequest: 0,
        enableOfflineQueue: false,
        retryStrategy: () => 20,
      },
    })
    queue.on('error', () => undefined)
    onTestFinished(async () => {
      await queue.close()
      await own?.stop()
    })
    const receiver = receiverOn(bullmqInbox(queue), () => undefined)
    expect(await receiver.deliver('msg_1')).toBe(200)
    await own?.kill()
    expect(await receiver.deliver('msg_2')).toBe(503)
    await own?.restart()
    await vi.waitFor(async () => expect(await receiver.deliver('msg_2')).toBe(200), 5000)
  })
})

describe('bullmqInbox refuses', () => {
  const queue = { add: async () => undefined, getJobState: async () => 'waiting', getJob: async () => undefined } as BullmqQueue

  test.each([
    ['`queue`', () => bullmqInbox(undefined as never)],
    ['`queue`', () => bullmqInbox({ ...queue, add: 7 } as never)],
    ['`attempts`', () => bullmqInbox(queue, { attempts: 0 })],
    ['`backoff`', () => bullmqInbox(queue, { backoff: 5 as never })],
    ['`retentionSeconds`', () => bullmqInbox(queue, { retentionSeconds: 0 })],
    ['`jobName`', () => bullmqInbox(queue, { jobName: 'hook' as never })],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })
})
