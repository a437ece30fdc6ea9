import { ConfigurationError } from 'countersign'
import {
  type KeptEvent,
  type OutboxPace,
  type OutboxTask,
  type RunOutboxOptions,
  runOutbox,
  type Settlement,
} from 'countersign/sender'
import { describe, expect, test } from 'vitest'
import { endpoint as listen, rawEndpoint, secret, sender, statuses, until } from './servers'

const event: KeptEvent = { id: 'msg_1', body: new Uint8Array([1]), headers: {} }

/** The work of an outbox, task by task, with whatever was told. */
function open(options: Partial<RunOutboxOptions>) {
  let settle: (task: OutboxTask) => Promise<Settlement> = () => expect.fail('not begun')
  let pace: OutboxPace | undefined
  const told: unknown[][] = []
  const run = runOutbox(
    {
      work(given, givenPace) {
        settle = given
        pace = givenPace
        return new Promise((resolve) => givenPace.signal.addEventListener('abort', () => resolve()))
      },
    },
    {
      sender: sender({ random: () => 0.5 }),
      endpoints: () => [],
      endpoint: () => undefined,
      onAttempt: ({ attempt, verdict }, name) => void told.push(['attempt', name, attempt, verdict]),
      onDead: (dead) => void told.push(['dead', dead]),
      onDisable: (name) => void told.push(['disable', name]),
      onError: (error, about) => void told.push(['error', String(error), about?.id]),
      ...options,
    },
  )
  return { run, told, pace: () => pace, settle: (task: Partial<OutboxTask>) => settle({ event, attempts: 0, ...task }) }
}

const to = (url: string, options: Partial<RunOutboxOptions> = {}) => open({ endpoint: () => ({ url, secret }), ...options })

describe('runOutbox', () => {
  test('finds the endpoints of an event, each once', async () => {
    const { settle } = open({ endpoints: async ({ id }) => [id, 'b', 'b'] })
    expect(await settle({})).toEqual({ kind: 'fan-out', endpoints: ['msg_1', 'b'] })
  })

  test('counts the tries, waits by the sender’s schedule, and gives up at its end', async () => {
    const { url } = await statuses(500, 500, 500, 500)
    const { settle, told } = to(url)
    expect(await settle({ endpoint: 'a' })).toEqual({ kind: 'again', seconds: 60, error: '500' })
    expect(await settle({ endpoint: 'a', attempts: 2 })).toEqual({ kind: 'again', seconds: 1800, error: '500' })
    expect(await settle({ endpoint: 'a', attempts: 3 })).toEqual({ kind: 'dead', attempts: 4, reason: 'exhausted', error: '500' })
    expect(told).toEqual([
      ['attempt', 'a', 1, 'retry'],
      ['attempt', 'a', 3, 'retry'],
      ['attempt', 'a', 4, 'retry'],
      ['dead', { event, endpoint: 'a', attempts: 4, reason: 'exhausted', error: '500' }],
    ])
  })

  test('waits longer where the endpoint asks for it, and never less', async () => {
    const { url } = await listen((response, number) => {
      response.writeHead(429, { 'retry-after': number === 1 ? '7200' : '1' }).end()
    })
    const { settle } = to(url)
    expect(await settle({ endpoint: 'a' })).toMatchObject({ kind: 'again', seconds: 7200 })
    expect(await settle({ endpoint: 'a' })).toMatchObject({ kind: 'again', seconds: 60 })
  })

  test('tells of an endpoint that is gone for good, and gives the event up', async () => {
    const { url } = await statuses(410)
    const { settle, told } = to(url)
    expect(await settle({ endpoint: 'a' })).toEqual({ kind: 'dead', attempts: 1, reason: 'disabled', error: '410' })
    expect(told.map(([what]) => what)).toEqual(['attempt', 'disable', 'dead'])
  })

  test('gives up what the guard refuses, what is permanent by the sender’s options, and what nobody knows any more', async () => {
    const { url } = await statuses(400)
    const guarded = to(url, { sender: sender({ guard: {} }) })
    const blocked = { kind: 'dead', attempts: 1, reason: 'rejected', error: 'blocked' }
    expect(await guarded.settle({ endpoint: 'a' })).toEqual(blocked)
    const strict = to(url, { sender: sender({ permanentStatuses: [400] }) })
    expect(await strict.settle({ endpoint: 'a' })).toEqual({ kind: 'dead', attempts: 1, reason: 'rejected', error: '400' })
    const nobody = open({ endpoint: async () => undefined })
    const gone = { kind: 'dead', attempts: 2, reason: 'gone', error: 'no such endpoint' }
    expect(await nobody.settle({ endpoint: 'a', attempts: 2 })).toEqual(gone)
    expect(nobody.told).toEqual([['dead', { event, endpoint: 'a', attempts: 2, reason: 'gone', error: 'no such endpoint' }]])
  })

  test('puts off what our own side cannot answer, counts no try, and says so', async () => {
    const failing = (): never => {
      throw new Error('database is away')
    }
    const later = { kind: 'later', seconds: 10 }
    for (const { settle, told } of [
      open({ endpoints: failing }),
      open({ endpoints: async () => failing() }),
      open({ endpoints: () => [''] }),
      open({ endpoints: () => 7 as never }),
    ]) {
      expect(await settle({})).toEqual(later)
      expect(told).toEqual([['error', expect.stringMatching(/away|endpoints|iterable/), 'msg_1']])
    }
    for (const { settle, told } of [open({ endpoint: failing }), open({ endpoint: () => ({ url: 7, secret }) as never })]) {
      expect(await settle({ endpoint: 'a' })).toEqual(later)
      expect(told).toEqual([['error', expect.stringMatching(/away|url/), 'msg_1']])
    }
  })

  test('puts off what there is no room for, before its endpoint is even looked up', async () => {
    const { url, requests } = await listen(() => undefined)
    let asked = 0
    const { settle } = open({
      endpoint: () => {
        asked++
        return { url, secret }
      },
      inFlightPerEndpoint: 1,
      sender: sender({ timeoutSeconds: 1 }),
    })
    const first = settle({ endpoint: 'a' })
    await until(() => requests.length === 1)
    expect(await settle({ endpoint: 'a' })).toEqual({ kind: 'later', seconds: expect.any(Number) })
    expect(asked).toBe(1)
    expect(await first).toMatchObject({ kind: 'again', error: 'timeout' })
    const { url: healthy } = await statuses(200)
    const another = to(healthy, { inFlightPerEndpoint: 1 })
    expect(await another.settle({ endpoint: 'a' })).toEqual({ kind: 'delivered' })
    expect(await another.settle({ endpoint: 'a' })).toEqual({ kind: 'delivered' })
  })

  test('leaves to another what a sender that is closed has cut short', async () => {
    const own = sender()
    const { url } = await rawEndpoint(() => own.close())
    const { settle, told } = to(url, { sender: own })
    expect(await settle({ endpoint: 'a' })).toEqual({ kind: 'later', seconds: 0 })
    expect(told).toEqual([])
  })

  test('is not disturbed by what its listeners throw', async () => {
    const throwing = () => {
      throw new Error('of a listener')
    }
    const { url } = await statuses(410)
    const listeners = { onAttempt: throwing, onDead: throwing, onDisable: throwing, onError: throwing }
    expect(await to(url, listeners).settle({ endpoint: 'a' })).toMatchObject({ kind: 'dead', reason: 'disabled' })
    expect(await open({ ...listeners, endpoints: throwing }).settle({})).toMatchObject({ kind: 'later' })
  })

  test('hands its pace on, and the queue’s errors to the listener', async () => {
    const { pace, told, run } = open({ concurrency: 7, inFlightPerEndpoint: 2, leaseSeconds: 9, pollSeconds: 3 })
    expect(pace()).toMatchObject({ concurrency: 7, inFlightPerEndpoint: 2, leaseSeconds: 9, pollSeconds: 3 })
    pace()?.onError(new Error('of the queue'))
    expect(told).toEqual([['error', 'Error: of the queue', undefined]])
    expect(open({}).pace()).toMatchObject({ concurrency: 50, inFlightPerEndpoint: 4, leaseSeconds: 30, pollSeconds: 1 })
    expect(pace()?.signal.aborted).toBe(false)
    await Promise.all([run.drain(), run.drain()])
    expect(pace()?.signal.aborted).toBe(true)
  })

  const outbox = { work: async () => undefined }
  const good: RunOutboxOptions = {
    sender: { attempt: async () => expect.fail(), nextDelay: () => undefined },
    endpoints: () => [],
    endpoint: () => undefined,
  }

  test.each([
    ['`outbox`', undefined, good],
    ['`options`', outbox, undefined],
    ['`sender`', outbox, { ...good, sender: {} }],
    ['option `onDead`, got `ondead`', outbox, { ...good, ondead: () => undefined }],
    ...['endpoints', 'endpoint'].map((name) => [`\`${name}\``, outbox, { ...good, [name]: 7 }]),
    ...['onAttempt', 'onDisable', 'onDead', 'onError'].map((name) => [`\`${name}\``, outbox, { ...good, [name]: 7 }]),
    ...['concurrency', 'inFlightPerEndpoint', 'leaseSeconds', 'pollSeconds'].map((name) => [
      `\`${name}\``,
      outbox,
      { ...good, [name]: -1 },
    ]),
  ] as [string, never, never][])('refuses %s that is none', (name, given, options) => {
    expect(() => runOutbox(given, options)).toThrow(ConfigurationError)
    expect(() => runOutbox(given, options)).toThrow(name)
  })
})
