import { Queue, Worker, type WorkerOptions } from 'bullmq'
import { ConfigurationError } from 'countersign'
import { type BullmqOutboxOptions, type BullmqOutboxQueue, bullmqOutbox } from 'countersign/queues/bullmq'
import { runOutbox } from 'countersign/sender'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../servers/redis'
import { deliver, eventually, openShop, outboxLaws } from './outbox-laws'

const server = await startRedis({ appendonly: 'yes', 'maxmemory-policy': 'noeviction' })
afterAll(() => server?.stop())
const connection = { host: '127.0.0.1', port: server?.port ?? 0, maxRetriesPerRequest: null }

let made = 0
/** By BullMQ's own lock, which a slow machine does not lose. */
function openOutbox(more: BullmqOutboxOptions = {}, settings: Partial<WorkerOptions> = {}) {
  const queue = new Queue(`outbox-${++made}`, { connection })
  onTestFinished(() => queue.close())
  const worker: BullmqOutboxOptions['worker'] = (process) => {
    const options = { connection, concurrency: 8, ...settings }
    return new Worker(queue.name, process, options).on('error', () => undefined)
  }
  return { queue, outbox: bullmqOutbox(queue, { worker, ...more }) }
}

describe.skipIf(!server)('bullmqOutbox', () => {
  outboxLaws(async () => openOutbox().outbox, { tells: ['unknown', 'unknown'] })

  test('keeps no secret and no URL in a job, and what is delivered for its retention', async () => {
    const { queue, outbox } = openOutbox({ retentionSeconds: 3600 })
    const shop = await openShop()
    await outbox.put({ id: 'msg_1', body: 'e', type: 'paid' })
    const { attempts, drain } = deliver(outbox, { shop })
    await eventually(() => expect(attempts).toHaveLength(1))
    await drain()
    const jobs = await queue.getCompleted()
    expect(jobs.map(({ name }) => name).sort()).toEqual(['paid', 'shop'])
    expect(jobs[0]?.opts).toMatchObject({ removeOnComplete: { age: 3600 }, removeOnFail: false })
    const kept = JSON.stringify(jobs)
    expect(kept).not.toContain(shop.secret)
    expect(kept).not.toContain(shop.endpoint.url)
  })

  test('delivers once more what was delivered', async () => {
    const { outbox } = openOutbox()
    const shop = await openShop()
    await outbox.put({ id: 'msg_1', body: 'e' })
    const { attempts } = deliver(outbox, { shop })
    await eventually(() => expect(attempts).toHaveLength(1))
    await eventually(async () => expect(await outbox.redeliver('msg_1', 'shop')).toBe(true))
    await eventually(() => expect(attempts).toHaveLength(2))
    expect(attempts.map(([, { attempt, verdict }]) => [attempt, verdict])).toEqual([
      [1, 'delivered'],
      [1, 'delivered'],
    ])
  })

  test('lists what BullMQ itself gave up, and delivers it by hand', async () => {
    const { queue, outbox } = openOutbox({}, { stalledInterval: 100, maxStalledCount: 0 })
    await outbox.put({ id: 'msg_1', body: 'e' })
    // A worker that dies: it takes the event, and is never heard of again.
    const dying = new Worker(queue.name, null, { connection, lockDuration: 1, skipLockRenewal: true } as never)
    dying.on('error', () => undefined)
    onTestFinished(() => dying.close(true))
    expect(await dying.getNextJob('of one that died')).toBeDefined()
    const shop = await openShop()
    const { attempts } = deliver(outbox, { shop })
    await eventually(async () => expect(await outbox.dead()).toHaveLength(1))
    const [dead] = await outbox.dead()
    expect(dead).toMatchObject({ event: { id: 'msg_1' }, endpoint: '', reason: 'lost' })
    expect(dead?.error).toContain('stalled')
    expect(await outbox.redeliver('msg_1', '')).toBe(true)
    await eventually(() => expect(attempts).toHaveLength(1))
  })
})

describe('bullmqOutbox refuses', () => {
  const some = Object.fromEntries(
    ['add', 'addBulk', 'getJobState', 'getJob', 'getJobs'].map((name) => [name, async () => undefined]),
  ) as unknown as BullmqOutboxQueue

  test.each([
    ['`queue`', () => bullmqOutbox(undefined as never)],
    ['`queue`', () => bullmqOutbox({ ...some, addBulk: 7 } as never)],
    ['`worker`', () => bullmqOutbox(some, { worker: 7 as never })],
    ['`retentionSeconds`', () => bullmqOutbox(some, { retentionSeconds: 0 })],
    [
      '`worker`',
      () =>
        runOutbox(bullmqOutbox(some), {
          sender: { attempt: async () => undefined as never, nextDelay: () => undefined },
          endpoints: () => [],
          endpoint: () => undefined,
        }),
    ],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })

  test('a transaction', async () => {
    await expect(bullmqOutbox(some).put({ id: 'a', body: 'e' }, { transaction: {} as never })).rejects.toThrow('`transaction`')
  })
})
