import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { standardWebhooks } from 'countersign/schemes'
import type { SenderOptions } from 'countersign/sender'
import { type CommonSenderOptions, createSender as createFetchSender } from 'countersign/sender/fetch'
import * as undici from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../../tools/entries'
import { answers, literals, lying } from './hostile-addresses'
import { endpoint, event, listening, rawEndpoint, secret, sender, until } from './servers'

function fetchSender(options: Partial<Parameters<typeof createFetchSender>[0]> = {}) {
  const made = createFetchSender({ scheme: standardWebhooks, guard: false, ...options })
  onTestFinished(() => made.close())
  return made
}

const undiciSender = (options: Partial<SenderOptions> = {}) => sender({ undici, ...options })

const at = (url: string) => ({ url, secret })
async function trap() {
  const server = createServer((_, response) => response.end())
  return listening(server, '127.0.0.1')
}

describe.each([
  ['Node’s http', (options?: Partial<CommonSenderOptions>) => sender(options)],
  ['undici', (options?: Partial<CommonSenderOptions>) => undiciSender(options)],
  ['fetch', (options?: Partial<CommonSenderOptions>) => fetchSender(options)],
])('a sender by %s', (name, make) => {
  it('delivers the bytes with a signature, and reports the answer', async () => {
    const { url, requests } = await endpoint((response) => response.writeHead(503, { 'retry-after': '120' }).end('later'))
    const attempt = await make().attempt(at(url), event)
    expect(attempt).toMatchObject({ status: 503, verdict: 'retry', retryAfterSeconds: 120, response: 'later' })
    expect([requests[0]?.method, requests[0]?.body.toString()]).toEqual(['POST', event.body])
    expect(requests[0]?.headers).toMatchObject({
      'webhook-id': 'msg_1',
      'webhook-signature': expect.stringMatching(/^v1,/),
      'user-agent': 'countersign',
    })
  })

  it.each([301, 307])('does not follow %i', async (status) => {
    const aim = await trap()
    const { url } = await endpoint((response) => response.writeHead(status, { location: aim.url }).end())
    expect(await make().attempt(at(url), event)).toMatchObject({ verdict: 'retry', status })
    expect(aim.connections()).toBe(0)
  })

  it('dials no hostile address that a URL spells', async () => {
    const { port, connections } = await trap()
    const { attempt } = make({ guard: { ports: [port] } })
    const urls = literals.map((url) => url.replaceAll('P', String(port)))
    const kinds = await Promise.all(urls.map(async (url) => (await attempt({ url, secret }, event)).outcome.kind))
    expect(kinds.filter((kind) => kind !== 'blocked' && kind !== 'invalid')).toEqual([])
    expect(connections()).toBe(0)
  })

  it('dials one whose range is allowed', async () => {
    const { url, port, connections } = await trap()
    const { verdict } = await make({ guard: { ports: [port], allow: ['127.0.0.0/8'] } }).attempt(at(url), event)
    expect([verdict, connections()]).toEqual(['delivered', 1])
  })

  it.each([
    ['nothing', ''],
    ['its body a byte at a time', 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'],
  ])('keeps to the deadline when the endpoint sends %s', async (_, head) => {
    let isClosed = false
    const { url } = await rawEndpoint((socket) => {
      socket.write(head)
      const timer = setInterval(() => head !== '' && socket.write('a'), 20)
      socket.on('close', () => {
        isClosed = true
        clearInterval(timer)
      })
    })
    expect((await make({ timeoutSeconds: 0.3 }).attempt(at(url), event)).outcome).toEqual({ kind: 'timeout' })
    await until(() => isClosed)
  })

  it('keeps 16 KiB of an endless answer and ends the connection', async () => {
    let isClosed = false
    const { url } = await endpoint((response) => {
      response.on('close', () => {
        isClosed = true
      })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) {}
      }
      response.on('drain', more)
      more()
    })
    const { verdict, response } = await make().attempt(at(url), event)
    expect([verdict, response?.length]).toEqual(['delivered', 16_384])
    await until(() => isClosed)
  })

  it.each([
    ['ten megabytes of headers', `HTTP/1.1 200 OK\r\n${`x-a: ${'a'.repeat(1000)}\r\n`.repeat(10_000)}\r\n`],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n'],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
  ])('takes %s for a fault of the network', async (_, text) => {
    const { url } = await rawEndpoint((socket) => socket.end(text, 'latin1'))
    expect(await make({ timeoutSeconds: 5 }).attempt(at(url), event)).toMatchObject({
      outcome: { kind: 'network' },
      verdict: 'retry',
    })
  })

  it('reports a refused connection', async () => {
    const { url, close } = await endpoint()
    await close()
    expect((await make().attempt(at(url), event)).outcome).toEqual({ kind: 'network', code: 'ECONNREFUSED' })
  })

  it('is ended by its caller', async () => {
    const { url, connections } = await rawEndpoint(() => {})
    const controller = new AbortController()
    const attempt = make().attempt(at(url), event, { signal: controller.signal })
    await until(() => connections() === 1)
    controller.abort()
    expect((await attempt).outcome).toEqual({ kind: 'aborted' })
  })

  it('refuses a body over the limit, and sends one that is just as large', async () => {
    const { url, connections } = await trap()
    const { attempt } = make({ maxBodyBytes: 4 })
    expect(await attempt(at(url), { id: 'msg_1', body: '12345' })).toMatchObject({
      outcome: { kind: 'invalid', code: 'body_too_large' },
      verdict: 'reject',
    })
    expect(connections(), name).toBe(0)
    expect((await attempt(at(url), { id: 'msg_1', body: '1234' })).verdict).toBe('delivered')
  })
})

describe('a sender by undici', () => {
  it('dials no hostile address that a name stands for', async () => {
    const { port, connections } = await trap()
    const { attempt } = undiciSender({ guard: { ports: [port] }, lookup: lying })
    const kinds = await Promise.all(
      answers.map(async ([host]) => (await attempt({ url: `http://${host}:${port}/`, secret }, event)).outcome.kind),
    )
    expect(kinds.filter((kind) => kind !== 'blocked')).toEqual([])
    expect(connections()).toBe(0)
  })

  it('dials a name whose range is allowed, and keeps the connection', async () => {
    const { port, connections } = await trap()
    const { attempt } = undiciSender({ guard: { ports: [port], allow: ['127.0.0.0/8'] }, lookup: lying })
    for (let number = 0; number < 10; number++)
      expect((await attempt({ url: `http://loopback.example:${port}/`, secret }, event)).verdict).toBe('delivered')
    // It may take another one while the first is being put back.
    expect(connections()).toBeLessThan(4)
  })

  it('sends nothing later that was ended before there was a connection', async () => {
    const { port, requests } = await endpoint()
    const questions: (() => void)[] = []
    const { attempt } = undiciSender({
      guard: { ports: [port], allow: ['127.0.0.1/32'] },
      lookup(_, __, callback) {
        questions.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]))
      },
    })
    const to = at(`http://loopback.example:${port}/`)
    const controller = new AbortController()
    const ended = attempt(to, event, { signal: controller.signal })
    await until(() => questions.length === 1)
    controller.abort()
    expect((await ended).outcome).toEqual({ kind: 'aborted' })
    questions.shift()?.()
    const next = attempt(to, { ...event, id: 'msg_2' })
    await until(() => questions.length === 1 || requests.length > 0)
    questions.shift()?.()
    expect((await next).verdict).toBe('delivered')
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_2'])
  })

  it('is refused where it is none', () => {
    expect(() => sender({ undici: {} as typeof undici })).toThrow(/^Expected `undici` to be the module undici/)
  })
})

describe('a sender by fetch', () => {
  it('sends with the fetch that it is given', async () => {
    const urls: unknown[] = []
    const fetch = async (url: unknown) => {
      urls.push(url)
      return new Response('thanks')
    }
    const { verdict, response } = await fetchSender({ fetch, guard: {} }).attempt(at('https://example.com/hooks'), event)
    expect([verdict, response, urls]).toEqual(['delivered', 'thanks', ['https://example.com/hooks']])
  })

  it('takes a redirect that a browser hides, and a fault without a code, for faults of the network', async () => {
    const hidden = async () => ({ type: 'opaqueredirect', status: 0 }) as Response
    const broken = async () => Promise.reject(new TypeError('failed'))
    expect((await fetchSender({ fetch: hidden }).attempt(at('https://a.example/'), event)).code).toBe('redirected')
    expect((await fetchSender({ fetch: broken }).attempt(at('https://a.example/'), event)).code).toBe('fetch_failed')
  })

  it('needs nothing of Node', () => {
    const seen = new Set<string>()
    const walk = (path: string) => {
      if (seen.has(path)) return
      seen.add(path)
      const text = readFileSync(path, 'utf8')
      expect(text, path).not.toMatch(/from 'node:/)
      for (const [, next] of text.matchAll(/from '(\.[^']*)'/g)) {
        const base = new URL(`${next}.ts`, `file://${path}`).pathname
        walk(base)
      }
    }
    walk(`${root}src/sender/fetch.ts`)
    expect(seen.size).toBeGreaterThan(15)
  })

  it('refuses a mistake', () => {
    expect(() => fetchSender({ fetch: 'fetch' as never })).toThrow(/^Expected `fetch` to be a function/)
  })
})
