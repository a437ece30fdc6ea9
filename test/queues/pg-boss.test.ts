import { ConfigurationError } from 'countersign'
import { type Boss, pgBossInbox } from 'countersign/queues/pg-boss'
import PgBoss from 'pg-boss'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { startPostgres } from '../servers/postgres'
import { messageOf, options, receiverOn } from './harness'

const server = await startPostgres()
const boss = server && new PgBoss({ connectionString: server.url, pollingIntervalSeconds: 0.5 } as never)
boss?.on('error', () => undefined)
await boss?.start()
afterAll(async () => {
  await boss?.stop({ graceful: false })
  await server?.stop()
})

let made = 0
async function openQueue() {
  const name = `hooks-${++made}`
  await boss?.createQueue(name)
  return name
}

describe.skipIf(!boss)('pgBossInbox', () => {
  if (!boss) return

  test('acknowledges first, tells a duplicate, and the engine’s worker handles once what came twice', async () => {
    const name = await openQueue()
    const handled: (string | undefined)[] = []
    const receiver = receiverOn(pgBossInbox(boss, name), ({ id }) => void handled.push(id))
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(receiver.puts()).toEqual(['accepted', 'duplicate'])
    await boss.work(name, { pollingIntervalSeconds: 0.5 }, async ([job]) => receiver.hook.work(job?.data as never))
    await vi.waitFor(() => expect(handled).toEqual(['msg_1']), 5000)
    // Also when it is done, and when it was put away.
    await vi.waitFor(async () => expect(await boss.getQueueSize(name, { before: 'completed' })).toBe(0), 5000)
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(receiver.puts().at(-1)).toBe('duplicate')
    expect(handled).toHaveLength(1)
  })

  test('takes one of twenty puts of one key at one time', async () => {
    const inbox = pgBossInbox(boss, await openQueue())
    const message = messageOf()
    const puts = await Promise.all(Array.from({ length: 20 }, () => inbox.put(message, options)))
    expect(puts.filter((put) => put === 'accepted')).toHaveLength(1)
    expect(puts.filter((put) => put === 'duplicate')).toHaveLength(19)
  })

  test('takes one again that had failed for good', async () => {
    const name = await openQueue()
    const inbox = pgBossInbox(boss, name, { retryLimit: 0 })
    const message = messageOf()
    await inbox.put(message, options)
    const [job] = await boss.fetch(name)
    await boss.fail(name, job?.id ?? '')
    expect(await inbox.put(message, options)).toBe('accepted')
    expect(await inbox.put(message, options)).toBe('duplicate')
    const [again] = await boss.fetch(name)
    expect(again?.data).toEqual(message)
  })

  test('is answered 503 where there is no such queue', async () => {
    const receiver = receiverOn(pgBossInbox(boss, 'nowhere'), () => undefined)
    expect(await receiver.deliver('msg_1')).toBe(503)
  })
})

describe('pgBossInbox refuses', () => {
  const some = { send: async () => null, getJobById: async () => null, retry: async () => undefined } as Boss

  test.each([
    ['`boss`', () => pgBossInbox(undefined as never, 'hooks')],
    ['`boss`', () => pgBossInbox({ ...some, retry: 7 } as never, 'hooks')],
    ['`name`', () => pgBossInbox(some, '')],
    ['`retryLimit`', () => pgBossInbox(some, 'hooks', { retryLimit: -1 })],
    ['`retryDelaySeconds`', () => pgBossInbox(some, 'hooks', { retryDelaySeconds: Number.NaN })],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })
})
