import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { createServer as createSocketServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEndings } from '../../src/sender/ending'
import { createNodeTransport } from '../../src/sender/node-transport'
import { endpoint, listening, until } from './servers'

type Options = Partial<Parameters<typeof createNodeTransport>[0]>

function transport(options: Options = {}) {
  const made = createNodeTransport({ lookup: lookup as LookupFunction, timeoutSeconds: 5, now: () => new Date(), ...options })
  onTestFinished(() => made.close())
  const ending = createEndings().of()
  return (url: string) => made.post({ url: new URL(url), headers: {}, body: new Uint8Array(), ending })
}

describe('the time to connect', () => {
  it('covers the look-up of the name', async () => {
    const started = performance.now()
    expect(await transport({ connectSeconds: 0.1, lookup: () => {} })('http://slow.example/')).toEqual({ kind: 'timeout' })
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('covers the handshake of TLS', async () => {
    const { url } = await listening(
      createSocketServer(() => {}),
      '127.0.0.1',
      'https',
    )
    const started = performance.now()
    expect(await transport({ connectSeconds: 0.1 })(url)).toEqual({ kind: 'timeout' })
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('is over once there is a connection, new or kept', async () => {
    const { url, connections } = await endpoint((response) => setTimeout(() => response.end(), 300))
    const post = transport({ connectSeconds: 0.1 })
    expect([await post(url), await post(url)]).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(connections()).toBe(1)
  })
})

it('ends a connection that nobody has used for a while', async () => {
  let isClosed = false
  const { url } = await endpoint((response) => {
    response.socket?.on('close', () => {
      isClosed = true
    })
    response.end()
  })
  await transport({ idleSeconds: 0.1 })(url)
  expect(isClosed).toBe(false)
  await until(() => isClosed)
})

it('does not end one that waits for its answer', async () => {
  const { url } = await endpoint((response) => setTimeout(() => response.end(), 300))
  expect(await transport({ idleSeconds: 0.1 })(url)).toMatchObject({ status: 200 })
})

it.each([
  ['does not use one again that the endpoint is about to end', 1, 2],
  ['uses one again that the endpoint keeps for a while', 60, 1],
])('%s', async (_, seconds, expected) => {
  const { url, connections } = await endpoint((response) => response.setHeader('keep-alive', `timeout=${seconds}`).end())
  const post = transport()
  expect([await post(url), await post(url)]).toMatchObject([{ status: 200 }, { status: 200 }])
  expect(connections()).toBe(expected)
})
