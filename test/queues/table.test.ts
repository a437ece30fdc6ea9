import { ConfigurationError } from 'countersign'
import { IdempotencyError } from 'countersign/idempotency'
import { type TableWorkOptions, tableInbox } from 'countersign/queues/table'
import { postgresStore } from 'countersign/stores/postgres'
import type pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openDatabases } from './databases'
import { messageOf, options, receiverOn } from './harness'

const { server, pool, embedded, clients } = await openDatabases()
let made = 0

async function openInbox(client: (typeof clients)[keyof typeof clients] = pool, more: object = {}) {
  const table = `inbox_${++made}`
  const inbox = tableInbox(client, { table, schedule: [0], ...more })
  await inbox.migrate()
  return { inbox, table }
}

/** Works until the test is over, or it is told to stop. */
function start(inbox: ReturnType<typeof tableInbox>, receiver: Parameters<typeof inbox.work>[0], more: TableWorkOptions = {}) {
  const controller = new AbortController()
  const ended = inbox.work(receiver, { pollSeconds: 0.01, signal: controller.signal, ...more })
  const stop = async () => {
    controller.abort()
    await ended
  }
  onTestFinished(stop)
  return { stop, ended }
}

test('a worker tells of a table that is not there, and goes on when it is', async () => {
  const inbox = tableInbox(embedded, { table: 'forgotten_inbox' })
  const receiver = receiverOn(inbox, () => undefined)
  const errors: unknown[] = []
  const onError = (error: unknown) => {
    errors.push(error)
    throw new Error('what an observer throws changes nothing')
  }
  start(inbox, receiver.hook, { onError })
  await vi.waitFor(() => expect(String(errors[0])).toMatch(/"forgotten_inbox" is missing.*run migrate\(\)/))
  await inbox.migrate()
  expect(await receiver.deliver('msg_1')).toBe(200)
  await vi.waitFor(() => expect(receiver.seen.at(-1)).toMatchObject({ outcome: 'executed' }))
})

describe.each(Object.entries(clients))('tableInbox on %s', (name, client) => {
  const isHere = name === 'PGlite' || server !== undefined

  test.skipIf(!isHere)('acknowledges first, handles once, and knows what it has', async () => {
    const { inbox } = await openInbox(client)
    await Promise.all([inbox.migrate(), inbox.migrate()])
    const bodies: string[] = []
    const receiver = receiverOn(inbox, ({ id, body }) => void bodies.push(`${id} ${new TextDecoder().decode(body)}`))
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(await receiver.deliver('msg_2', '{"type":"paid","text":"\\u0000 é"}')).toBe(200)
    expect(receiver.puts()).toEqual(['accepted', 'duplicate', 'accepted'])
    expect(bodies).toEqual([])
    const { stop } = start(inbox, receiver.hook)
    await vi.waitFor(() => expect(bodies).toHaveLength(2))
    await stop()
    expect(bodies.sort()).toEqual(['msg_1 {"type":"paid"}', 'msg_2 {"type":"paid","text":"\\u0000 é"}'])
    // Also when it is done.
    expect(await receiver.deliver('msg_1')).toBe(200)
    expect(receiver.puts().at(-1)).toBe('duplicate')
    expect(await inbox.dead()).toEqual([])
  })

  test.skipIf(!isHere)('tries again by its schedule, keeps what it gives up, and takes it again', async () => {
    const { inbox } = await openInbox(client, { schedule: [0, 0.01] })
    const attempts: number[] = []
    let isHealthy = false
    const receiver = receiverOn(inbox, (_, { attempt }) => {
      attempts.push(attempt)
      if (!isHealthy) throw new Error('poison \0')
    })
    await receiver.deliver('msg_1')
    start(inbox, receiver.hook)
    await vi.waitFor(async () => expect(await inbox.dead()).toHaveLength(1))
    expect(attempts).toEqual([1, 2, 3])
    const [dead] = await inbox.dead({ limit: 1 })
    expect(dead).toMatchObject({
      key: 'standard-webhooks///msg_1',
      attempts: 3,
      error: 'Error: poison \\0',
      message: { type: 'paid' },
    })
    expect(await inbox.retry('other')).toBe(false)
    isHealthy = true
    expect(await inbox.retry(dead?.key ?? '')).toBe(true)
    await vi.waitFor(() => expect(attempts).toEqual([1, 2, 3, 1]))
    await vi.waitFor(async () => expect(await inbox.retry(dead?.key ?? '')).toBe(false))

    // The sender says it again: what had failed for good is accepted again.
    isHealthy = false
    await receiver.deliver('msg_2')
    await vi.waitFor(async () => expect(await inbox.dead()).toHaveLength(1))
    isHealthy = true
    await receiver.deliver('msg_2')
    expect(receiver.puts().at(-1)).toBe('accepted')
    await vi.waitFor(async () => expect(await inbox.dead()).toEqual([]))
  })
})

describe.skipIf(!server)('the table', () => {
  test('takes one of fifty puts of one key at a time, and the others are duplicates', async () => {
    const { inbox } = await openInbox()
    const message = messageOf()
    const puts = await Promise.all(Array.from({ length: 50 }, () => inbox.put(message, options)))
    expect(puts.filter((put) => put === 'accepted')).toHaveLength(1)
    expect(puts.filter((put) => put === 'duplicate')).toHaveLength(49)
  })

  test('keeps keys apart to the byte', async () => {
    const { inbox } = await openInbox()
    const keys = ['a', 'A', 'a ', 'ä', 'a\0', 'a\\0', '__proto__', '%', '😀']
    for (const key of keys) expect(await inbox.put(messageOf(key), options)).toBe('accepted')
    for (const key of keys) expect(await inbox.put(messageOf(key), options)).toBe('duplicate')
  })

  test('is worked on by several at a time, each message by one, and no more at once than they should', async () => {
    const { inbox } = await openInbox()
    const runs = new Map<string, number>()
    let [now, most] = [0, 0]
    const receiver = receiverOn(inbox, async ({ id = '' }) => {
      runs.set(id, (runs.get(id) ?? 0) + 1)
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now--
    })
    await Promise.all(Array.from({ length: 100 }, (_, index) => receiver.deliver(`msg_${index}`)))
    for (let worker = 0; worker < 3; worker++) start(inbox, receiver.hook, { concurrency: 4 })
    await vi.waitFor(() => expect(runs.size).toBe(100))
    expect([...runs.values()].every((times) => times === 1)).toBe(true)
    expect(most).toBeLessThanOrEqual(12)
    expect(most).toBeGreaterThan(1)
  })

  test('leaves the messages of a worker that died to another, when the lease has ended, and fences the dead', async () => {
    const { inbox, table } = await openInbox()
    const message = messageOf()
    await inbox.put(message, options)
    let wake: () => void = () => undefined
    const asleep = new Promise<void>((resolve) => (wake = resolve))
    const stuck = vi.fn(() => asleep)
    // Extended every third of it while the worker lives. It has one hand, so that it takes nothing more.
    const { stop } = start(inbox, { work: stuck }, { leaseSeconds: 0.9, concurrency: 1 })
    await vi.waitFor(() => expect(stuck).toHaveBeenCalledTimes(1))
    const isLeased = async () =>
      (await pool.query(`select free_at > clock_timestamp() as leased from ${table}`)).rows[0].leased as boolean
    const until = Date.now() + 1300
    while (Date.now() < until) expect(await isLeased()).toBe(true)
    // As if it had died: nobody extends.
    await pool.query(`update ${table} set token = 'lost', free_at = clock_timestamp()`)
    let finish: () => void = () => undefined
    const heir = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    start(inbox, { work: heir })
    onTestFinished(() => finish())
    await vi.waitFor(() => expect(heir).toHaveBeenCalledWith(message, { attempt: 2, signal: expect.any(AbortSignal) }))
    // It says that it is done while the message is in another's hands.
    wake()
    await stop()
    expect((await pool.query(`select state, token is not null as held from ${table}`)).rows).toEqual([
      { state: 'waiting', held: true },
    ])
    finish()
    await vi.waitFor(async () => expect((await pool.query(`select state from ${table}`)).rows[0].state).toBe('done'))
    expect((await pool.query(`select state, attempt from ${table}`)).rows).toEqual([{ state: 'done', attempt: 2 }])
  })

  test('gives up a message that ends its workers, again and again', async () => {
    const { inbox, table } = await openInbox(pool, { schedule: [0] })
    await inbox.put(messageOf('killer'), options)
    // As often as it may be taken, and no try has come to an end.
    await pool.query(`update ${table} set attempt = 11`)
    const work = vi.fn(() => new Promise<void>(() => undefined))
    const controller = new AbortController()
    void inbox.work({ work }, { leaseSeconds: 0.05, pollSeconds: 0.01, signal: controller.signal })
    onTestFinished(() => controller.abort())
    await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(1))
    await pool.query(`update ${table} set token = 'lost', free_at = clock_timestamp()`)
    await vi.waitFor(async () => expect(await inbox.dead()).toMatchObject([{ key: 'killer', attempts: 13 }]))
    expect(work).toHaveBeenCalledTimes(1)
  })

  test('waits no longer for an event that another holds, however long the schedule', async () => {
    const { inbox, table } = await openInbox(pool, { schedule: [3600, 3600] })
    await inbox.put(messageOf(), options)
    const work = vi.fn().mockRejectedValueOnce(new IdempotencyError('in_progress', { retryAfterSeconds: 1 }))
    start(inbox, { work })
    await vi.waitFor(async () => expect((await pool.query(`select state from ${table}`)).rows).toEqual([{ state: 'done' }]), 5000)
    expect(work).toHaveBeenCalledTimes(2)
  })

  test('waits for an event that another holds, however short the schedule', async () => {
    const { inbox, table } = await openInbox(pool, { schedule: [] })
    await inbox.put(messageOf(), options)
    const work = vi.fn().mockRejectedValueOnce(new IdempotencyError('in_progress', { retryAfterSeconds: 60 }))
    start(inbox, { work })
    const waiting = `select state, attempt, free_at > clock_timestamp() + interval '50 s' as later from ${table} where token is null`
    await vi.waitFor(async () =>
      expect((await pool.query(waiting)).rows).toEqual([{ state: 'waiting', attempt: 1, later: true }]),
    )
    await pool.query(`update ${table} set free_at = clock_timestamp()`)
    await vi.waitFor(async () => expect((await pool.query(`select state from ${table}`)).rows).toEqual([{ state: 'done' }]))
  })

  test('ends when it is told to: hands its signal on, and waits for what is under way', async () => {
    const { inbox } = await openInbox()
    await inbox.put(messageOf(), options)
    let given: AbortSignal | undefined
    let end: () => void = () => undefined
    const work = vi.fn((_, more: { signal?: AbortSignal } = {}) => {
      given = more.signal
      return new Promise<void>((resolve) => (end = resolve))
    })
    const { stop, ended } = start(inbox, { work })
    await vi.waitFor(() => expect(work).toHaveBeenCalled())
    let isOver = false
    void ended.then(() => (isOver = true))
    const stopped = stop()
    expect(given?.aborted).toBe(true)
    await inbox.put(messageOf(), options)
    expect(isOver).toBe(false)
    end()
    await stopped
    expect(work).toHaveBeenCalledTimes(1)
  })

  test('leaves a message that its own end cut short to the next worker at once, also on the last try', async () => {
    const { inbox } = await openInbox(pool, { schedule: [] })
    await inbox.put(messageOf(), options)
    const cutShort = vi.fn(
      (_, { signal }: { signal?: AbortSignal } = {}) =>
        new Promise<void>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    )
    const { stop } = start(inbox, { work: cutShort })
    await vi.waitFor(() => expect(cutShort).toHaveBeenCalled())
    await stop()
    expect(await inbox.dead()).toEqual([])
    const heir = vi.fn(async () => undefined)
    start(inbox, { work: heir })
    await vi.waitFor(() => expect(heir).toHaveBeenCalledTimes(1))
  })

  test('goes on when the database was away', async () => {
    const { inbox, table } = await openInbox()
    const work = vi.fn(async () => undefined)
    await pool.query(`alter table ${table} rename to away_${table}`)
    start(inbox, { work })
    await expect(inbox.put(messageOf(), options)).rejects.toThrow('is missing or not as it should be: run migrate()')
    await pool.query(`alter table away_${table} rename to ${table}`)
    await inbox.put(messageOf(), options)
    await vi.waitFor(() => expect(work).toHaveBeenCalledTimes(1))
  })

  test('forgets what is done when its retention is over, so many at a time', async () => {
    const { inbox, table } = await openInbox(pool, { retentionSeconds: 1 })
    await Promise.all(Array.from({ length: 5 }, () => inbox.put(messageOf(), options)))
    const dead = messageOf()
    const { stop } = start(inbox, { work: async () => undefined })
    await vi.waitFor(async () =>
      expect((await pool.query(`select count(*)::int from ${table} where state = 'done'`)).rows).toEqual([{ count: 5 }]),
    )
    await stop()
    expect((await pool.query(`select count(message)::int from ${table}`)).rows).toEqual([{ count: 0 }])
    await inbox.put(dead, options)
    await pool.query(`update ${table} set expires_at = clock_timestamp() where state = 'done'`)
    expect(await inbox.sweep(2)).toBe(2)
    expect(await inbox.sweep(100)).toBe(3)
    expect(await inbox.put(dead, options)).toBe('duplicate')
    await expect(inbox.sweep(-1)).rejects.toThrow('Expected `limit`')
  })

  test('is answered 503 while it cannot keep anything, and the event comes again', async () => {
    const { inbox, table } = await openInbox()
    const receiver = receiverOn(inbox, () => undefined)
    await pool.query(`drop table ${table}`)
    expect(await receiver.deliver('msg_1')).toBe(503)
    expect(receiver.seen.at(-1)).toMatchObject({ outcome: 'failed', code: 'inbox_unavailable', status: 503 })
    await inbox.migrate()
    expect(await receiver.deliver('msg_1')).toBe(200)
  })

  test('names what voids its promise', async () => {
    const { inbox, table } = await openInbox()
    expect(await inbox.check()).toEqual([])
    await pool.query(`alter table ${table} set unlogged`)
    expect(await inbox.check()).toMatchObject([{ code: 'unlogged_table' }])
  })

  test('with a store and `transaction: true` handles exactly once, also when it is given the same message twice', async () => {
    const { inbox } = await openInbox()
    const store = postgresStore(pool, { table: `keys_${made}` })
    await store.migrate()
    await pool.query(`create table effects_${made} (id text)`)
    const handler = (event: { id?: string | undefined }, { transaction }: { transaction: pg.PoolClient }) =>
      transaction.query(`insert into effects_${made} values ($1)`, [event.id])
    const receiver = receiverOn(inbox, handler as never, { store, transaction: true })
    await Promise.all(Array.from({ length: 20 }, (_, index) => receiver.deliver(`msg_${index}`)))
    const twice = {
      work: (...given: Parameters<typeof receiver.hook.work>) =>
        Promise.all([receiver.hook.work(...given), receiver.hook.work(...given)]).then(() => undefined),
    }
    start(inbox, twice, { concurrency: 3 })
    const counts = async () =>
      (await pool.query(`select count(*)::int as rows, count(distinct id)::int as ids from effects_${made}`)).rows
    await vi.waitFor(async () => expect(await counts()).toEqual([{ rows: 20, ids: 20 }]), 5000)
  })
})

describe('tableInbox refuses', () => {
  test.each([
    ['`pool`', () => tableInbox(undefined as never)],
    ['`pool`', () => tableInbox({} as never)],
    ['`table`', () => tableInbox(embedded, { table: 'a;b' })],
    ['`schedule`', () => tableInbox(embedded, { schedule: 'never' as never })],
    ['`schedule`', () => tableInbox(embedded, { schedule: [-1] })],
    ['`retentionSeconds`', () => tableInbox(embedded, { retentionSeconds: 0 })],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })

  test.each([
    ['`receiver`', undefined, {}],
    ['`leaseSeconds`', { work: async () => undefined }, { leaseSeconds: 0 }],
    ['`concurrency`', { work: async () => undefined }, { concurrency: 0 }],
    ['`pollSeconds`', { work: async () => undefined }, { pollSeconds: Number.NaN }],
    ['`signal`', { work: async () => undefined }, { signal: 7 }],
    ['`onError`', { work: async () => undefined }, { onError: 'log' }],
  ])('to work with %s that is none', async (name, receiver, more) => {
    const working = tableInbox(embedded).work(receiver as never, more as never)
    await expect(working).rejects.toBeInstanceOf(ConfigurationError)
    await expect(working).rejects.toThrow(name)
  })
})
