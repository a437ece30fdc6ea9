import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import { describe, expect, it } from 'vitest'
import { answers, literals, lying } from './hostile-addresses'
import { endpoint, event, listening, secret, sender } from './servers'

const toAddresses = (texts: readonly string[]): LookupAddress[] =>
  texts.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

/** A listener on every address of this machine. */
async function trap() {
  const server = createServer((_, response) => response.end())
  return listening(server, '::').catch(() =>
    listening(
      createServer((_, response) => response.end()),
      '0.0.0.0',
    ),
  )
}

const refusedIn = async (url: string, port: number, attempt: ReturnType<typeof sender>['attempt']) => {
  const { verdict, outcome, response } = await attempt({ url: url.replaceAll('P', String(port)), secret }, event)
  return { url, verdict, isRefused: ['blocked', 'invalid'].includes(outcome.kind), response }
}
const refused = (urls: readonly string[]) => urls.map((url) => ({ url, verdict: 'reject', isRefused: true, response: undefined }))

describe('hostile addresses', () => {
  it('are many', () => expect(new Set([...literals, ...answers]).size).toBeGreaterThan(100))

  it('are refused where they stand in the URL, and nothing is dialled', async () => {
    const { port, connections } = await trap()
    const { attempt } = sender({ guard: { ports: [port] }, lookup: lying })
    const results = await Promise.all(literals.map((url) => refusedIn(url, port, attempt)))
    expect(results).toEqual(refused(literals))
    expect(connections()).toBe(0)
  })

  it('are refused where a name stands for them, and nothing is dialled', async () => {
    const { port, connections } = await trap()
    const { attempt } = sender({ guard: { ports: [port] }, lookup: lying })
    const urls = answers.map(([name]) => `http://${name}:P/`)
    expect(await Promise.all(urls.map((url) => refusedIn(url, port, attempt)))).toEqual(refused(urls))
    expect(connections()).toBe(0)
  })

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'ｌｏｃａｌｈｏｓｔ'])(
    'are refused where the system itself has a name for them: %s',
    async (name) => {
      const { port, connections } = await trap()
      const { outcome } = await sender({ guard: { ports: [port] } }).attempt({ url: `http://${name}:${port}/`, secret }, event)
      expect(['blocked', 'network']).toContain(outcome.kind)
      if (name === 'localhost') expect(outcome).toEqual({ kind: 'blocked' })
      expect(connections()).toBe(0)
    },
  )

  it('would have reached the listener without a guard: the trap is no dummy', async () => {
    const { port, connections } = await trap()
    const { attempt } = sender({ lookup: (_, __, callback) => callback(null, toAddresses(['127.0.0.1'])) })
    const reaching = literals
      .slice(0, 15)
      .filter((url) => !url.includes('255'))
      .map((url) => url.replaceAll('P', String(port)))
    for (const url of [...reaching, `http://loopback.example:${port}/`])
      expect((await attempt({ url, secret }, event)).verdict, url).toBe('delivered')
    expect(connections()).toBeGreaterThan(1)
  })

  it('get through where their range is allowed', async () => {
    const { port, connections } = await trap()
    const { attempt } = sender({ guard: { ports: [port], allow: ['127.0.0.0/8'] }, lookup: lying })
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'loopback.example']) {
      expect((await attempt({ url: `http://${host}:${port}/`, secret }, event)).verdict, host).toBe('delivered')
    }
    expect(connections()).toBeGreaterThan(0)
  })

  it('do not get through on another port, though their range is allowed', async () => {
    const { port, connections } = await trap()
    const { attempt } = sender({ guard: { allow: ['127.0.0.0/8'] } })
    expect((await attempt({ url: `http://127.0.0.1:${port}/`, secret }, event)).outcome).toEqual({ kind: 'blocked' })
    expect(connections()).toBe(0)
  })
})

describe('a name that is bound anew', () => {
  it('is dialled where it was judged: it is looked up once for a connection', async () => {
    const addresses: (string | undefined)[] = []
    const server = createServer((request, response) => {
      addresses.push(request.socket.localAddress)
      response.setHeader('connection', 'close').end()
    })
    const { port } = await listening(server, '0.0.0.0')
    let lookups = 0
    const rebinding: LookupFunction = (_, __, callback) =>
      callback(null, toAddresses([++lookups % 2 === 1 ? '127.0.0.1' : '127.0.0.2']))
    const { attempt } = sender({ guard: { ports: [port], allow: ['127.0.0.1/32'] }, lookup: rebinding })
    const outcomes: string[] = []
    for (const _ of [1, 2, 3, 4])
      outcomes.push((await attempt({ url: `http://rebinding.example:${port}/`, secret }, event)).outcome.kind)
    expect(outcomes).toEqual(['response', 'blocked', 'response', 'blocked'])
    expect([lookups, addresses]).toEqual([4, ['127.0.0.1', '127.0.0.1']])
  })
})

it('does not follow a redirect from an address that is allowed to one that is not', async () => {
  const { port, connections } = await trap()
  for (const location of [`http://127.0.0.2:${port}/`, `http://[::1]:${port}/`, `//127.0.0.2:${port}/`]) {
    const visible = await endpoint((response) => response.writeHead(307, { location }).end())
    const { attempt } = sender({ guard: { ports: [visible.port, port], allow: ['127.0.0.1/32'] } })
    expect(await attempt({ url: visible.url, secret }, event)).toMatchObject({ status: 307, verdict: 'retry' })
  }
  expect(connections()).toBe(0)
})
