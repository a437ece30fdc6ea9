import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IdempotentObservation, Observation } from 'countersign'
import { type Channels, publish } from 'countersign/diagnostics'
import { idempotent } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { receiver } from '../receiver/harness'

const listening: (() => void)[] = []

function listen<Name extends keyof Channels>(name: Name): Channels[Name][] {
  const heard: Channels[Name][] = []
  const listener = (message: unknown) => void heard.push(message as Channels[Name])
  subscribe(name, listener)
  listening.push(() => unsubscribe(name, listener))
  return heard
}

afterEach(() => {
  for (const stop of listening.splice(0)) stop()
})

describe('publish', () => {
  it('gives a channel what becomes of deliveries', async () => {
    const heard = listen('countersign:delivery')
    const other = listen('countersign:request')
    const { send } = receiver({ observe: publish() })
    await send({ type: 'paid' }, { id: 'msg_1' })
    expect(heard).toMatchObject([
      { outcome: 'verified', key: 'standard-webhooks///msg_1' },
      { outcome: 'executed', key: 'standard-webhooks///msg_1', type: 'paid', status: 200 },
    ])
    expect(other).toEqual([])
  })

  it('gives another channel what becomes of requests with an Idempotency-Key', async () => {
    const heard = listen('countersign:request')
    const other = listen('countersign:delivery')
    const post = idempotent(
      { store: memoryStore(), scope: () => 'acct_1', observe: publish('countersign:request') },
      (_, { reply }) => reply({ status: 201 }),
    )
    const headers = { 'idempotency-key': 'a' }
    for (const _ of 'ab') await post(new Request('https://shop.example/payments', { method: 'POST', headers }))
    expect(heard).toMatchObject([
      { outcome: 'executed', status: 201 },
      { outcome: 'replayed', status: 201 },
    ])
    expect(other).toEqual([])
  })

  it('does nothing where nobody listens, and is heard by who comes later and stops', async () => {
    const { send } = receiver({ observe: publish() })
    expect((await send()).status).toBe(200)
    const heard = listen('countersign:delivery')
    await send()
    expect(heard).toHaveLength(2)
    for (const stop of listening.splice(0)) stop()
    await send()
    expect(heard).toHaveLength(2)
  })

  it('is of the type of each observer', () => {
    expectTypeOf(publish()).toEqualTypeOf<(observation: Observation) => void>()
    expectTypeOf(publish('countersign:request')).toEqualTypeOf<(observation: IdempotentObservation) => void>()
    // @ts-expect-error no channel of ours
    publish('http.server.request.start')
  })
})
