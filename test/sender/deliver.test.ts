import { generateSecret, verify } from 'countersign'
import { standardWebhooks } from 'countersign/schemes'
import type { Attempt } from 'countersign/sender'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endpoint, event, rawEndpoint, secret, sender, statuses, until } from './servers'

describe('deliver', () => {
  const start = Date.parse('2026-01-01T00:00:00Z')
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start }))
  afterEach(() => void vi.useRealTimers())

  /** Lets each wait pass as soon as there is one; resolves to what was waited, in seconds. */
  async function passWaits(delivery: Promise<unknown>) {
    const seconds: number[] = []
    let isDone = false
    void delivery.finally(() => {
      isDone = true
    })
    for (;;) {
      await until(() => isDone || vi.getTimerCount() > 0)
      if (isDone) return seconds
      const from = Date.now()
      vi.advanceTimersToNextTimer()
      seconds.push((Date.now() - from) / 1000)
    }
  }
  const middle = { random: () => 0.5 }

  it('tries at once, and is done with the first success', async () => {
    const { url, requests } = await statuses(200)
    const delivery = sender(middle).deliver({ url, secret }, event)
    expect(await passWaits(delivery)).toEqual([])
    expect(await delivery).toMatchObject({ status: 'delivered', attempts: [{ attempt: 1, verdict: 'delivered' }] })
    expect(requests.length).toBe(1)
  })

  it('waits as the schedule says, with the same id and bytes and a fresh signature', async () => {
    const { url, requests } = await statuses(500, 404, 301)
    const delivery = sender(middle).deliver({ url, secret }, event)
    expect(await passWaits(delivery)).toEqual([60, 300, 1800])
    const { status, attempts } = await delivery
    expect([status, attempts.map((attempt) => attempt.status), attempts.map(({ attempt }) => attempt)]).toEqual([
      'delivered',
      [500, 404, 301, 200],
      [1, 2, 3, 4],
    ])
    const times = [0, 60, 360, 2160].map((seconds) => start + seconds * 1000)
    expect(attempts.map(({ at }) => at.getTime())).toEqual(times)
    expect(new Set(requests.map(({ headers }) => headers['webhook-signature'])).size).toBe(4)
    for (const [number, { headers, body }] of requests.entries()) {
      const verified = verify(standardWebhooks, {
        secret,
        headers,
        body,
        toleranceSeconds: 0,
        now: new Date(times[number] as number),
      })
      await expect(verified).resolves.toMatchObject({ id: 'msg_1' })
      expect(String(body)).toBe(event.body)
    }
  })

  it.each([
    ['standard', 10, 75 * 3600 + 35 * 60 + 5],
    ['svix', 8, 27 * 3600 + 35 * 60 + 5],
    [[1, 2, 3], 4, 6],
    [[], 1, 0],
  ] as const)('gives up at the end of the schedule %j', async (schedule, tries, seconds) => {
    const { url, requests } = await endpoint((response) => response.writeHead(500).end())
    const delivery = sender({ ...middle, schedule }).deliver({ url, secret }, event)
    await passWaits(delivery)
    expect((await delivery).status).toBe('exhausted')
    expect([requests.length, Date.now() - start]).toEqual([tries, seconds * 1000])
  })

  it('varies its waits by chance', async () => {
    const { url } = await statuses(500, 500)
    const chances = [0, 0.75]
    const delivery = sender({ random: () => chances.shift() ?? 0.5 }).deliver({ url, secret }, event)
    expect(await passWaits(delivery)).toEqual([48, 330])
  })

  it('leaves an endpoint alone for as long as it asks', async () => {
    const { url } = await endpoint((response, number) =>
      response.writeHead(number === 1 ? 429 : 200, { 'retry-after': '900' }).end(),
    )
    const delivery = sender(middle).deliver({ url, secret }, event)
    expect(await passWaits(delivery)).toEqual([900])
  })

  it('waits longer than a timer takes', async () => {
    const { url } = await statuses(500)
    const delivery = sender({ ...middle, schedule: [60 * 86_400] }).deliver({ url, secret }, event)
    await passWaits(delivery)
    expect([(await delivery).status, Date.now() - start]).toEqual(['delivered', 60 * 86_400_000])
  })

  it.each([
    ['disabled', 410, {}],
    ['rejected', 422, { permanentStatuses: [422] }],
  ])('ends as %s after a %i', async (status, answer, options) => {
    const { url, requests } = await statuses(answer)
    const delivery = await sender(options).deliver({ url, secret }, event)
    expect([delivery.status, delivery.attempts.length, requests.length]).toEqual([status, 1, 1])
  })

  it.each([
    ['what the guard refuses', 'http://127.0.0.1/', { guard: {} }],
    ['what is no URL', 'nonsense', {}],
  ])('rejects %s, without a second try', async (_, url, options) => {
    expect(await sender(options).deliver({ url, secret }, event)).toMatchObject({
      status: 'rejected',
      attempts: [{ verdict: 'reject' }],
    })
  })

  it('tries again after a fault of the network, and after a timeout at a minute’s distance', async () => {
    const { url, close } = await endpoint()
    await close()
    const refused = sender({ ...middle, schedule: [5] }).deliver({ url, secret }, event)
    expect(await passWaits(refused)).toEqual([5])
    expect((await refused).attempts.map(({ code }) => code)).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    const silent = await rawEndpoint(() => {})
    const late = sender({ ...middle, schedule: [5], timeoutSeconds: 0.1 }).deliver({ url: silent.url, secret }, event)
    expect(await passWaits(late)).toEqual([60])
    expect((await late).attempts.map(({ code }) => code)).toEqual(['timeout', 'timeout'])
  })

  it.each(['signal', 'close'])('ends a wait by %s, at once, and sends nothing more', async (by) => {
    const { url, requests } = await statuses(500)
    const controller = new AbortController()
    const { deliver, close } = sender()
    const delivery = deliver({ url, secret }, event, { signal: controller.signal })
    await until(() => vi.getTimerCount() === 1)
    if (by === 'signal') controller.abort()
    else close()
    expect(await delivery).toMatchObject({ status: 'aborted', attempts: [{ status: 500 }] })
    expect([requests.length, vi.getTimerCount()]).toEqual([1, 0])
  })

  it.each([
    ['signal', [5]],
    ['signal', []],
    ['close', [5]],
    ['close', []],
  ])('ends a try by %s, and sends nothing more, with the schedule %j', async (by, schedule) => {
    const controller = new AbortController()
    const { deliver, attempt, close } = sender({ schedule })
    const { url, connections } = await rawEndpoint(() => (by === 'signal' ? controller.abort() : close()))
    const delivery = await deliver({ url, secret }, event, { signal: controller.signal })
    expect(delivery).toMatchObject({ status: 'aborted', attempts: [{ outcome: { kind: 'aborted' } }] })
    expect([connections(), vi.getTimerCount()]).toEqual([1, 0])
    if (by === 'close') expect((await attempt({ url, secret }, event)).outcome).toEqual({ kind: 'aborted' })
  })

  it('holds no place while it waits', async () => {
    const { url, requests } = await statuses(500, 500)
    const { deliver } = sender({ ...middle, inFlightPerEndpoint: 1 })
    const both = Promise.all([deliver({ url, secret }, event), deliver({ url, secret }, event)])
    await until(() => vi.getTimerCount() === 2)
    expect(requests.length).toBe(2)
    await passWaits(both)
    expect((await both).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
  })

  it('sends the bytes that it was given, whatever becomes of them, and under the secret that is valid then', async () => {
    const { url, requests } = await statuses(500)
    const body = new TextEncoder().encode(event.body)
    const to = { url, secret }
    const delivery = sender(middle).deliver(to, { id: 'msg_1', body })
    body.fill(0)
    await until(() => vi.getTimerCount() === 1)
    to.secret = generateSecret()
    await passWaits(delivery)
    expect(requests.map((request) => String(request.body))).toEqual([event.body, event.body])
    const [, { headers = {} } = {}] = requests
    await expect(verify(standardWebhooks, { secret: to.secret, headers, body: event.body })).resolves.toBeDefined()
  })

  it('shows no secret in anything that it tells', async () => {
    const told: Attempt[] = []
    const { url } = await statuses(500)
    const delivery = sender({ ...middle, onAttempt: (attempt) => told.push(attempt) }).deliver({ url, secret }, event)
    await passWaits(delivery)
    expect(told.length).toBe(2)
    expect(JSON.stringify([told, await delivery])).not.toContain(secret.slice(6))
  })
})
