import type { Observation } from 'countersign'
import { afterAll, describe, expect, it } from 'vitest'
import { body, cases, handler, receivers } from './cases'
import { type Exchange, exchanges, type Shown } from './exchanges'

type Receiver = Exchange & { readonly seen: Observation[] }

const refusals = new Map<string, Shown[]>()

describe.each(Object.entries(exchanges))('%s', (_, open) => {
  const opened = new Map<string, Promise<Receiver>>()
  const receiverOf = (name: keyof typeof receivers) => {
    const known = opened.get(name)
    if (known) return known
    const seen: Observation[] = []
    const options = { ...receivers[name](), observe: (observation: Observation) => seen.push(observation) }
    const receiver = open(options as never, handler as never).then((exchange) => ({ ...exchange, seen }))
    opened.set(name, receiver)
    return receiver
  }

  afterAll(async () => {
    for (const receiver of opened.values()) await (await receiver).close()
  })

  it.each(Object.entries(cases))('%s', async (name, { receiver, send, status, answer = {}, body: text = '', outcome, code }) => {
    const { seen, send: exchange } = await receiverOf(receiver)
    const { method = 'POST', path = '/hooks', headers, body: content = body, twice } = await send()
    const pairs = Object.entries({ 'content-type': 'application/json', ...headers })
    seen.length = 0
    const got = await exchange({
      method,
      path,
      headers: twice ? [...pairs, twice] : pairs,
      body: method === 'POST' ? content : '',
    })
    expect(got, JSON.stringify(seen.at(-1))).toEqual({ status, headers: answer, body: text })
    // Lists are joined on some ways, so that two of a header are no longer told from a wrong one.
    expect(seen.at(-1)).toMatchObject({ ...(outcome && { outcome }), ...(code && { code }) })
    if (status === 401) refusals.set(name, [...(refusals.get(name) ?? []), got])
  })
})

it('answers every refusal alike, whatever was wrong and wherever it is mounted', () => {
  const all = [...refusals.values()].flat()
  expect(all.length).toBe(refusals.size * Object.keys(exchanges).length)
  expect(new Set(all.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"status":401,"headers":{},"body":""}']))
})

it('holds at least 40 cases for at least 8 adapters', () => {
  expect(Object.keys(cases).length).toBeGreaterThanOrEqual(40)
  expect(Object.keys(exchanges).length).toBeGreaterThanOrEqual(8)
})
