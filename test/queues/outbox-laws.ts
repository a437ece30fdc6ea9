import { generateSecret, verify } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import {
  type Attempt,
  type DeadDelivery,
  type Outbox,
  type OutboxTask,
  type RunOutboxOptions,
  runOutbox,
  type Settlement,
} from 'countersign/sender'
import { expect, onTestFinished, test, vi } from 'vitest'
import { endpoint as listen, type Received, sender, statuses, type TestEndpoint } from '../sender/servers'

type Answer = Parameters<typeof listen>[0]

/** One endpoint as the sender's users keep it. */
export interface Shop {
  readonly endpoint: TestEndpoint
  secret: string
}

export async function openShop(answer?: Answer): Promise<Shop> {
  return { endpoint: await listen(answer), secret: generateSecret() }
}

/** Delivers until the test is over, to shops by their names; everything that was told on the way. */
export function deliver(outbox: Pick<Outbox, 'work'>, shops: Record<string, Shop>, options: Partial<RunOutboxOptions> = {}) {
  const [attempts, dead, errors, disabled]: [[string, Attempt][], DeadDelivery[], unknown[], string[]] = [[], [], [], []]
  const run = runOutbox(outbox, {
    sender: sender({ schedule: [0.05, 0.05], timeoutSeconds: 5 }),
    endpoints: () => Object.keys(shops),
    endpoint: (name) => shops[name] && { url: shops[name].endpoint.url, secret: shops[name].secret },
    pollSeconds: 0.02,
    onAttempt: (attempt, name) => void attempts.push([name, attempt]),
    onDead: (one) => void dead.push(one),
    onError: (error) => void errors.push(error),
    onDisable: (name) => void disabled.push(name),
    ...options,
  })
  onTestFinished(() => run.drain())
  return { drain: run.drain, attempts, dead, errors, disabled }
}

export const eventually = (holds: () => unknown) => vi.waitFor(holds, { timeout: 10_000, interval: 10 })
const ids = (requests: readonly Received[]) => requests.map(({ headers }) => headers['webhook-id'])

/** What holds for every outbox, whatever keeps it. `open` gives one that is empty. */
export function outboxLaws(
  open: () => Promise<Outbox>,
  { tells }: { tells: readonly ['accepted' | 'unknown', 'duplicate' | 'unknown'] },
) {
  test('delivers an event to each of its endpoints once: the same id and bytes, signed with the secret of each', async () => {
    const outbox = await open()
    const shops = { 'shop: ü/1': await openShop(), shop2: await openShop() }
    const body = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    const event = { id: 'msg_1', body, type: 'paid', account: 'acct_1', headers: { 'X-Topic': 'paid' } }
    expect(await outbox.put(event)).toBe(tells[0])
    expect(await outbox.put({ id: 'msg_1', body: 'another' })).toBe(tells[1])
    expect(await outbox.put({ id: 'msg_2', body: '' })).toBe(tells[0])
    const asked: unknown[] = []
    const { attempts, drain } = deliver(outbox, shops, {
      endpoints: async ({ id, type, account }) => {
        asked.push([id, type, account])
        return id === 'msg_1' ? [...Object.keys(shops), 'shop2'] : ['shop2']
      },
    })
    await eventually(() => expect(attempts).toHaveLength(3))
    await drain()
    expect(asked.sort()).toEqual([
      ['msg_1', 'paid', 'acct_1'],
      ['msg_2', undefined, undefined],
    ])
    const [first, second] = [shops['shop: ü/1'].endpoint.requests, shops.shop2.endpoint.requests]
    expect([ids(first), ids(second).sort()]).toEqual([['msg_1'], ['msg_1', 'msg_2']])
    for (const { endpoint, secret } of Object.values(shops)) {
      for (const { headers, body: got } of endpoint.requests) {
        await expect(verify(standardWebhooks, { secret, headers, body: got })).resolves.toBeDefined()
        if (headers['webhook-id'] !== 'msg_1') continue
        expect(new Uint8Array(got)).toEqual(body)
        expect(headers['x-topic']).toBe('paid')
      }
    }
    // What is done is still known.
    expect(await outbox.put({ id: 'msg_1', body: 'another' })).toBe(tells[1])
    const again = deliver(outbox, shops)
    await outbox.put({ id: 'msg_3', body: 'e' })
    await eventually(() => expect(again.attempts).toHaveLength(2))
    expect(again.attempts.map(([, { id }]) => id)).toEqual(['msg_3', 'msg_3'])
  })

  test('tries again by the schedule, with the secret of then', async () => {
    const outbox = await open()
    const shop: Shop = { endpoint: await statuses(500, 404), secret: generateSecret() }
    const [old, fresh] = [shop.secret, generateSecret()]
    await outbox.put({ id: 'msg_1', body: 'e' })
    const { attempts } = deliver(
      outbox,
      { shop },
      {
        onAttempt: (attempt) => {
          shop.secret = fresh
          attempts.push(['shop', attempt])
        },
      },
    )
    await eventually(() => expect(attempts).toHaveLength(3))
    expect(attempts.map(([, { attempt, status }]) => [attempt, status])).toEqual([
      [1, 500],
      [2, 404],
      [3, 200],
    ])
    for (const [index, { headers, body }] of shop.endpoint.requests.entries()) {
      const secret = index === 0 ? old : fresh
      await expect(verify(standardWebhooks, { secret, headers, body })).resolves.toMatchObject({ id: 'msg_1' })
    }
  })

  test('keeps aside what it gives up, says why, and delivers it by hand', async () => {
    const outbox = await open()
    let isMended = false
    const answer = (status: number): Answer => {
      return (response) => response.writeHead(isMended ? 200 : status).end()
    }
    const shops: Record<string, Shop> = { busy: await openShop(answer(503)), closed: await openShop(answer(410)) }
    const bad = { endpoint: { url: 'ftp://127.0.0.1/' } as TestEndpoint, secret: generateSecret() }
    const known = { ...shops, bad }
    await outbox.put({ id: 'msg_1', body: 'e', type: 'paid' })
    const told = deliver(outbox, known, { endpoints: () => ['busy', 'closed', 'bad', 'nowhere'] })
    await eventually(async () => expect(await outbox.dead()).toHaveLength(4))
    const summary = (some: readonly DeadDelivery[]) =>
      some.map(({ event, endpoint, attempts, reason, error }) => [event.id, event.type, endpoint, attempts, reason, error]).sort()
    const expected = [
      ['msg_1', 'paid', 'bad', 1, 'rejected', 'invalid'],
      ['msg_1', 'paid', 'busy', 3, 'exhausted', '503'],
      ['msg_1', 'paid', 'closed', 1, 'disabled', '410'],
      ['msg_1', 'paid', 'nowhere', 0, 'gone', 'no such endpoint'],
    ]
    expect(summary(await outbox.dead())).toEqual(expected)
    expect(summary(told.dead)).toEqual(expected)
    expect(new TextDecoder().decode((await outbox.dead())[0]?.event.body)).toBe('e')
    expect(told.disabled).toEqual(['closed'])
    expect(await outbox.dead({ limit: 2 })).toHaveLength(2)
    expect(await outbox.dead({ limit: 0 })).toEqual([])

    isMended = true
    expect(await outbox.redeliver('msg_1', 'busy')).toBe(true)
    // From the beginning of the schedule.
    const again = { id: 'msg_1', attempt: 1, verdict: 'delivered' }
    await eventually(() => expect(told.attempts.at(-1)?.[1]).toMatchObject(again))
    expect(shops['busy']?.endpoint.requests).toHaveLength(4)
    await eventually(async () => expect(await outbox.dead()).toHaveLength(3))
    expect(await outbox.redeliver('msg_9', 'busy')).toBe(false)
  })

  test('gives up twice what was delivered by hand in vain', async () => {
    const outbox = await open()
    const shops = { shop: await openShop((response) => response.writeHead(500).end()) }
    await outbox.put({ id: 'msg_1', body: 'e' })
    const { attempts } = deliver(outbox, shops)
    for (const tries of [3, 6]) {
      await eventually(async () => expect(await outbox.dead()).toHaveLength(1))
      expect(attempts).toHaveLength(tries)
      expect((await outbox.dead())[0]).toMatchObject({ attempts: 3, reason: 'exhausted' })
      if (tries === 3) expect(await outbox.redeliver('msg_1', 'shop')).toBe(true)
      if (tries === 3) await eventually(async () => expect(await outbox.dead()).toHaveLength(0))
    }
  })

  test('drains: begins nothing more, settles what is under way, and leaves the rest to another', async () => {
    const outbox = await open()
    let answer = () => {}
    const shop = await openShop((response, number) => {
      if (number === 1) answer = () => response.end()
      else response.end()
    })
    await outbox.put({ id: 'msg_1', body: 'e' })
    const first = deliver(outbox, { shop })
    await eventually(() => expect(shop.endpoint.requests).toHaveLength(1))
    let isDrained = false
    const drained = first.drain().then(() => {
      isDrained = true
    })
    await outbox.put({ id: 'msg_2', body: 'e' })
    expect(isDrained).toBe(false)
    answer()
    await drained
    expect(first.attempts.map(([, { id, verdict }]) => [id, verdict])).toEqual([['msg_1', 'delivered']])
    const second = deliver(outbox, { shop })
    await eventually(() => expect(second.attempts).toHaveLength(1))
    expect(ids(shop.endpoint.requests)).toEqual(['msg_1', 'msg_2'])
  })

  test('counts the tries that ended, and none that was put off', async () => {
    const outbox = await open()
    await outbox.put({ id: 'msg_1', body: 'e' })
    const counts: number[] = []
    const over = new AbortController()
    const settle = async ({ endpoint, attempts }: OutboxTask): Promise<Settlement> => {
      if (endpoint === undefined) {
        // The look-up may be put off too, and the event is still there.
        return counts.push(attempts) < 3 ? { kind: 'later', seconds: 0 } : { kind: 'fan-out', endpoints: ['a'] }
      }
      const tried = counts.push(attempts)
      if (tried === 8) over.abort()
      if (tried === 8) return { kind: 'delivered' }
      return tried % 2 === 0 ? { kind: 'later', seconds: 0 } : { kind: 'again', seconds: 0, error: '500' }
    }
    const onError = (error: unknown) => expect.fail(String(error))
    await outbox.work(settle, {
      concurrency: 1,
      inFlightPerEndpoint: 1,
      leaseSeconds: 30,
      pollSeconds: 0.01,
      onError,
      signal: over.signal,
    })
    expect(counts).toEqual([0, 0, 0, 0, 0, 1, 1, 2])
  })

  test('does not let an endpoint that never answers hold up the others', async () => {
    const outbox = await open()
    let inside = 0
    let most = 0
    const dead = await openShop((response) => {
      most = Math.max(most, ++inside)
      response.on('close', () => inside--)
    })
    const shops = { dead, healthy: await openShop() }
    // Those of the dead endpoint first.
    for (let index = 0; index < 40; index++) await outbox.put({ id: `msg_dead_${index}`, body: 'e' })
    for (let index = 0; index < 40; index++) await outbox.put({ id: `msg_${index}`, body: 'e' })
    const own = sender({ schedule: [60], timeoutSeconds: 5 })
    const { drain } = deliver(outbox, shops, {
      sender: own,
      endpoints: ({ id }) => [id.startsWith('msg_dead') ? 'dead' : 'healthy'],
      concurrency: 8,
      inFlightPerEndpoint: 3,
    })
    await eventually(() => expect(shops.healthy.endpoint.requests).toHaveLength(40))
    expect(most).toBe(3)
    // All in the time of its first tries.
    expect(dead.endpoint.requests.length).toBeLessThanOrEqual(6)
    own.close()
    await drain()
  })

  test.each([
    ['`id`', { id: '', body: 'e' }],
    ['`id`', { id: 'a\0', body: 'e' }],
    ['`id`', { id: '\ud800', body: 'e' }],
    ['`id`', { id: 'a'.repeat(256), body: 'e' }],
    ['`type`', { id: 'a', body: 'e', type: '' }],
    ['`account`', { id: 'a', body: 'e', account: 7 }],
    ['body', { id: 'a', body: 7 }],
    ['`event`', undefined],
  ])('refuses an event whose %s is none', async (option, event) => {
    const outbox = await open()
    await expect(outbox.put(event as never)).rejects.toThrow(option)
  })
}
