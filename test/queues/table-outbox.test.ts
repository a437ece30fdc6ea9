import { ConfigurationError } from 'countersign'
import { tableOutbox } from 'countersign/queues/table'
import type { Outbox, OutboxTask, RunOutboxOptions, Settlement } from 'countersign/sender'
import { describe, expect, test } from 'vitest'
import { sender } from '../sender/servers'
import { openDatabases } from './databases'
import { deliver, eventually, openShop, outboxLaws } from './outbox-laws'

const { server, pool, sql, embedded, clients } = await openDatabases()
let made = 0

async function openOutbox(client: (typeof clients)[keyof typeof clients] = pool, more: object = {}) {
  const table = `outbox_${++made}`
  const outbox = tableOutbox(client, { table, ...more })
  await outbox.migrate()
  return { outbox, table }
}

describe.each(Object.entries(clients))('tableOutbox on %s', (name, client) => {
  describe.skipIf(name !== 'PGlite' && !server)('', () => {
    outboxLaws(async () => (await openOutbox(client)).outbox, { tells: ['accepted', 'duplicate'] })
  })
})

describe.skipIf(!server)('a put inside a transaction', () => {
  /** In a transaction of each client, which is rolled back where `work` throws. */
  const transactions: Record<string, (work: (client: never) => Promise<void>) => Promise<unknown>> = {
    async pg(work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(client as never)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    'postgres.js': (work) => sql.begin((transaction) => work(transaction as never)),
    PGlite: (work) => embedded.transaction((transaction) => work(transaction as never)),
  }

  test.each(Object.keys(clients) as (keyof typeof clients)[])('is there if and only if it commits, on %s', async (name) => {
    const { outbox } = await openOutbox(clients[name])
    const shop = await openShop()
    const transact = transactions[name] ?? expect.fail()
    const rolledBack = transact(async (transaction) => {
      expect(await outbox.put({ id: 'msg_1', body: 'no' }, { transaction })).toBe('accepted')
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    await transact(async (transaction) => {
      await outbox.put({ id: 'msg_2', body: 'yes' }, { transaction })
    })
    const { attempts, drain } = deliver(outbox, { shop })
    await eventually(() => expect(attempts).toHaveLength(1))
    expect(await outbox.put({ id: 'msg_1', body: 'yes' })).toBe('accepted')
    await eventually(() => expect(attempts).toHaveLength(2))
    await drain()
    expect(shop.endpoint.requests.map(({ body }) => String(body))).toEqual(['yes', 'yes'])
  })
})

describe.skipIf(!server)('tableOutbox', () => {
  test('shares its work among many, none of which takes what another holds', async () => {
    const { outbox } = await openOutbox()
    const shops = Object.fromEntries(
      await Promise.all(Array.from({ length: 5 }, async (_, index) => [`shop${index}`, await openShop()] as const)),
    )
    const runs = Array.from({ length: 4 }, () => deliver(outbox, shops, { concurrency: 7 }))
    for (let index = 0; index < 100; index++) await outbox.put({ id: `msg_${index}`, body: 'e' })
    const counts = () => runs.map(({ attempts }) => attempts.length)
    await eventually(() => expect(counts().reduce((sum, count) => sum + count, 0)).toBe(500))
    await Promise.all(runs.map(({ drain }) => drain()))
    for (const { endpoint } of Object.values(shops)) {
      expect(new Set(endpoint.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(100)
      expect(endpoint.requests).toHaveLength(100)
    }
    expect(counts().every((count) => count > 0)).toBe(true)
  })

  test('takes over from one that died, and not from one that lives', async () => {
    const { outbox, table } = await openOutbox()
    let answer = () => {}
    const shop = await openShop((response, number) => {
      if (number === 1) answer = () => response.end()
      else response.end()
    })
    await outbox.put({ id: 'msg_1', body: 'e' })
    const [slow, other] = [deliver(outbox, { shop }, { leaseSeconds: 0.2 }), deliver(outbox, { shop }, { leaseSeconds: 0.2 })]
    await eventually(() => expect(shop.endpoint.requests).toHaveLength(1))
    // Several leases long, by the database's clock.
    const { rows } = await pool.query(`select free_at from ${table} where endpoint <> ''`)
    await eventually(async () => {
      const later = await pool.query(
        `select free_at > $1::timestamptz + interval '0.5 s' as held from ${table} where endpoint <> ''`,
        [rows[0].free_at],
      )
      expect(later.rows[0].held).toBe(true)
    })
    expect(shop.endpoint.requests).toHaveLength(1)
    answer()
    await eventually(() => expect([...slow.attempts, ...other.attempts]).toHaveLength(1))
    await Promise.all([slow.drain(), other.drain()])

    // One that died: its lease ends, and nobody extends it.
    await outbox.put({ id: 'msg_2', body: 'e' })
    const ending = new AbortController()
    const held = outbox.work(() => new Promise(() => {}), {
      concurrency: 1,
      inFlightPerEndpoint: 1,
      leaseSeconds: 0.2,
      pollSeconds: 0.01,
      onError: () => undefined,
      signal: ending.signal,
    })
    void held
    await eventually(async () => {
      const { rows: taken } = await pool.query(`select 1 from ${table} where token is not null`)
      expect(taken).toHaveLength(1)
    })
    ending.abort()
    await pool.query(`update ${table} set token = 'of one that died' where token is not null`)
    const next = deliver(outbox, { shop })
    await eventually(() => expect(next.attempts).toHaveLength(1))
  })

  test('lets nobody write down what came of a delivery that is another’s by now', async () => {
    for (const kind of ['delivered', 'again', 'later', 'dead', 'fan-out'] as const) {
      const { outbox, table } = await openOutbox()
      await outbox.put({ id: 'msg_1', body: 'e' })
      const over = new AbortController()
      let settle = (_: Settlement) => {}
      const work = outbox.work(
        ({ endpoint }) =>
          endpoint === undefined && kind !== 'fan-out'
            ? Promise.resolve({ kind: 'fan-out', endpoints: ['a'] })
            : new Promise((resolve) => {
                settle = resolve
              }),
        {
          concurrency: 1,
          inFlightPerEndpoint: 1,
          leaseSeconds: 30,
          pollSeconds: 0.01,
          onError: (error) => expect.fail(String(error)),
          signal: over.signal,
        },
      )
      const endpoint = kind === 'fan-out' ? '' : 'a'
      const held = `from ${table} where endpoint = '${endpoint}'`
      await eventually(async () => expect((await pool.query(`select 1 ${held} and token is not null`)).rows).toHaveLength(1))
      await pool.query(`update ${table} set token = 'another' where endpoint = '${endpoint}'`)
      over.abort()
      settle({ kind, seconds: 0, error: 'e', attempts: 1, reason: 'gone', endpoints: ['b'] } as Settlement)
      await work
      const { rows } = await pool.query(`select state, token, attempt, error ${held}`)
      expect(rows).toEqual([{ state: 'waiting', token: 'another', attempt: 0, error: null }])
      expect((await pool.query(`select 1 from ${table} where endpoint = 'b'`)).rows).toEqual([])
    }
  })

  test('delivers once more what was delivered, also to an endpoint that is new', async () => {
    const { outbox } = await openOutbox()
    const shops: Record<string, Awaited<ReturnType<typeof openShop>>> = { shop: await openShop() }
    await outbox.put({ id: 'msg_1', body: 'e' })
    const { attempts } = deliver(outbox, shops)
    await eventually(() => expect(attempts).toHaveLength(1))
    await eventually(async () => expect(await outbox.redeliver('msg_1', 'shop')).toBe(true))
    await eventually(() => expect(attempts).toHaveLength(2))
    shops['late'] = await openShop()
    expect(await outbox.redeliver('msg_1', 'late')).toBe(true)
    await eventually(() => expect(attempts).toHaveLength(3))
    expect(attempts.map(([name]) => name)).toEqual(['shop', 'shop', 'late'])
    expect(await outbox.redeliver('msg_1', '')).toBe(false)
  })

  test('counts across workers what is under way to one endpoint', async () => {
    const { outbox } = await openOutbox()
    const shops = { hanging: await openShop(() => undefined), healthy: await openShop() }
    const endpoints: RunOutboxOptions['endpoints'] = ({ id }) => [id === 'msg_healthy' ? 'healthy' : 'hanging']
    for (let index = 0; index < 20; index++) await outbox.put({ id: `msg_${index}`, body: 'e' })
    const [one, two] = [sender(), sender()]
    const first = deliver(outbox, shops, { sender: one, endpoints, inFlightPerEndpoint: 3 })
    await eventually(() => expect(shops.hanging.endpoint.requests).toHaveLength(3))
    const second = deliver(outbox, shops, { sender: two, endpoints, inFlightPerEndpoint: 3 })
    for (let index = 20; index < 40; index++) await outbox.put({ id: `msg_${index}`, body: 'e' })
    await outbox.put({ id: 'msg_healthy', body: 'e' })
    await eventually(() => expect(shops.healthy.endpoint.requests).toHaveLength(1))
    expect(shops.hanging.endpoint.requests).toHaveLength(3)
    one.close()
    two.close()
    await Promise.all([first.drain(), second.drain()])
  })

  const pace = {
    inFlightPerEndpoint: 1,
    leaseSeconds: 30,
    pollSeconds: 0.01,
    onError: (error: unknown) => expect.fail(String(error)),
  }

  /** Says the endpoints of so many events. */
  async function fanOut(outbox: Outbox, events: number, endpoints: readonly string[]) {
    const over = new AbortController()
    let known = 0
    const settle = async (): Promise<Settlement> => {
      if (++known === events) over.abort()
      return { kind: 'fan-out', endpoints }
    }
    // One at a time, so that half of the room, rounded up, is for events.
    await outbox.work(settle, { ...pace, concurrency: 1, signal: over.signal })
  }

  test('gives each endpoint its turn, however many events wait for another', async () => {
    const { outbox } = await openOutbox()
    const names = ['a', 'b', 'c', 'd', 'e']
    for (let index = 0; index < 10; index++) await outbox.put({ id: `msg_${index}`, body: 'e' })
    await fanOut(outbox, 10, names)
    const seen: string[] = []
    const over = new AbortController()
    const note = async ({ endpoint = '' }: OutboxTask): Promise<Settlement> => {
      if (seen.push(endpoint) === 50) over.abort()
      return { kind: 'delivered' }
    }
    await outbox.work(note, { ...pace, concurrency: 2, signal: over.signal })
    for (let from = 0; from < 50; from += 10) {
      const counts = names.map((name) => seen.slice(from, from + 10).filter((one) => one === name).length)
      expect(Math.max(...counts)).toBeLessThanOrEqual(3)
    }
  })

  test('hands on what it took from the last endpoints where the look at the first ones fails, and tells that', async () => {
    const { outbox, table } = await openOutbox()
    await outbox.put({ id: 'msg_1', body: 'e' })
    await fanOut(outbox, 1, ['a', 'b', 'c'])
    const over = new AbortController()
    const [looks, errors, seen]: [unknown[], unknown[], unknown[]] = [[], [], []]
    const failing = {
      async query(text: string, values: unknown[] = []) {
        const behind = text.includes('lanes') ? values.at(-1) : undefined
        if (behind !== undefined && looks.push(behind) === 3) throw new Error('away')
        const answer = await pool.query(text, values)
        // Not before both of the first look are done, so that there is room for two at the second one.
        if (text.includes('DELETE')) await eventually(() => expect(done).toBe(2))
        if (text.includes("'done', token")) done++
        return answer
      },
    }
    let done = 0
    const note = async ({ endpoint }: OutboxTask): Promise<Settlement> => {
      if (seen.push(endpoint) === 3) over.abort()
      return { kind: 'delivered' }
    }
    const onError = (error: unknown) => void errors.push(error)
    await tableOutbox(failing, { table }).work(note, { ...pace, concurrency: 2, onError, signal: over.signal })
    expect([looks, errors, seen]).toEqual([['', 'b', ''], [new Error('away')], ['a', 'b', 'c']])
  })

  test('forgets what is done after its retention, an event never before its deliveries', async () => {
    const { outbox, table } = await openOutbox(pool, { retentionSeconds: 3600 })
    const shops = { shop: await openShop(), broken: await openShop((response) => response.writeHead(410).end()) }
    await outbox.put({ id: 'msg_1', body: 'e' })
    await outbox.put({ id: 'msg_2', body: 'e' })
    const { attempts, drain } = deliver(outbox, shops, { endpoints: ({ id }) => (id === 'msg_1' ? ['shop'] : ['broken']) })
    await eventually(() => expect(attempts).toHaveLength(2))
    await drain()
    expect(await outbox.sweep(100)).toBe(0)
    await pool.query(`update ${table} set expires_at = expires_at - interval '3601 s'`)
    expect(await outbox.sweep(0)).toBe(0)
    expect(await outbox.sweep(100)).toBe(1)
    expect(await outbox.sweep(100)).toBe(1)
    expect(await outbox.sweep(100)).toBe(0)
    const { rows } = await pool.query(`select event_id, endpoint, state from ${table} order by 1, 2`)
    expect(rows).toEqual([
      { event_id: 'msg_2', endpoint: '', state: 'sent' },
      { event_id: 'msg_2', endpoint: 'broken', state: 'dead' },
    ])
    expect(await outbox.put({ id: 'msg_1', body: 'e' })).toBe('accepted')
    await expect(outbox.sweep(-1)).rejects.toThrow('`limit`')
  })

  test('is migrated by many at once, and finds settings that void it', async () => {
    const { outbox, table } = await openOutbox()
    await Promise.all(Array.from({ length: 5 }, () => outbox.migrate()))
    expect((await outbox.check()).map(({ code }) => code)).not.toContain('unlogged_table')
    await pool.query(`alter table ${table} set unlogged`)
    expect((await outbox.check()).length).toBeGreaterThan(0)
  })
})

describe.each(Object.entries(clients))('on %s', (name, client) => {
  test.skipIf(name !== 'PGlite' && !server)('says what to do where the table is not there', async () => {
    const put = tableOutbox(client, { table: 'nowhere' }).put({ id: 'a', body: 'e' })
    await expect(put).rejects.toThrow('"nowhere" is missing or not as it should be: run migrate()')
  })
})

describe('tableOutbox refuses', () => {
  test.each([
    ['`pool`', () => tableOutbox(undefined as never)],
    ['`pool`', () => tableOutbox({} as never)],
    ['`table`', () => tableOutbox(pool, { table: 'a;b' })],
    ['`retentionSeconds`', () => tableOutbox(pool, { retentionSeconds: 0 })],
  ])('%s that is none', (name, make) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })

  test('a transaction that is none', async () => {
    const put = tableOutbox(embedded).put({ id: 'a', body: 'e' }, { transaction: {} as never })
    await expect(put).rejects.toThrow('`transaction`')
  })
})
