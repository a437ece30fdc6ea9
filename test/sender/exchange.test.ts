import { getEventListeners } from 'node:events'
import { createServer as createSocketServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { endpoint, event, listening, rawEndpoint, secret, sender, until } from './servers'

const at = (url: string) => ({ url, secret })

describe('an exchange', () => {
  it('reports what the endpoint answered', async () => {
    const { url } = await endpoint((response) => response.writeHead(503, { 'retry-after': '120' }).end('later'))
    expect(await sender().attempt(at(url), event)).toMatchObject({
      id: 'msg_1',
      attempt: 1,
      at: expect.any(Date),
      outcome: { kind: 'response', status: 503, retryAfterSeconds: 120, body: 'later' },
      durationMs: expect.any(Number),
      status: 503,
      verdict: 'retry',
      retryAfterSeconds: 120,
      response: 'later',
    })
  })

  it('reads a date in retry-after by its own clock', async () => {
    const { url } = await endpoint((response) =>
      response.writeHead(429, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }).end(),
    )
    const { attempt } = sender({ now: () => new Date('1994-11-06T08:47:37Z') })
    expect((await attempt(at(url), event)).retryAfterSeconds).toBe(120)
  })

  it.each([204, 299])('is done with %i', async (status) => {
    const { url } = await endpoint((response) => response.writeHead(status).end())
    expect(await sender().attempt(at(url), event)).toMatchObject({ verdict: 'delivered', status, response: '' })
  })

  it.each([301, 302, 303, 307, 308])('does not follow %i', async (status) => {
    const trap = await endpoint()
    const { url, requests } = await endpoint((response) => response.writeHead(status, { location: trap.url }).end())
    expect(await sender().attempt(at(url), event)).toMatchObject({ verdict: 'retry', status })
    expect([requests.length, trap.connections()]).toEqual([1, 0])
  })

  it('keeps connections for the next event, over several endpoints', async () => {
    const [one, other] = [await endpoint(), await endpoint()]
    const { attempt } = sender()
    for (const { url } of [one, other, one, other, one]) expect((await attempt(at(url), event)).verdict).toBe('delivered')
    expect([one.requests.length, one.connections(), other.connections()]).toEqual([3, 1, 1])
  })

  it('ends its connections when it is closed', async () => {
    let isClosed = false
    const { url } = await endpoint((response) => {
      response.socket?.on('close', () => {
        isClosed = true
      })
      response.end()
    })
    const { attempt, close } = sender()
    await attempt(at(url), event)
    expect(isClosed).toBe(false)
    close()
    await until(() => isClosed)
  })

  it('leaves no timer and no listener behind', async () => {
    const { url } = await endpoint()
    const { attempt } = sender()
    const { signal } = new AbortController()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    for (let number = 0; number < 20; number++) await attempt(at(url), event, { signal })
    expect(timers() - before).toBeLessThan(5)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('does not send again by itself when a kept connection has died', async () => {
    let dying = false
    const { url, requests } = await endpoint((response) => (dying ? response.socket?.destroy() : response.end()))
    const { attempt } = sender()
    await attempt(at(url), event)
    dying = true
    expect(await attempt(at(url), event)).toMatchObject({
      verdict: 'retry',
      outcome: { kind: 'network', code: 'ECONNRESET' },
      code: 'ECONNRESET',
    })
    expect(requests.length).toBe(2)
  })

  it('reports a refused connection', async () => {
    const { url, close } = await endpoint()
    await close()
    expect(await sender().attempt(at(url), event)).toMatchObject({
      verdict: 'retry',
      outcome: { kind: 'network', code: 'ECONNREFUSED' },
    })
  })

  it('reports a name that is none', async () => {
    const { attempt } = sender({
      lookup: (_, __, callback) => callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []),
    })
    expect(await attempt(at('http://nowhere.example/'), event)).toMatchObject({
      verdict: 'retry',
      outcome: { kind: 'network', code: 'ENOTFOUND' },
    })
  })

  it('reports a look-up that throws', async () => {
    const lookup = () => {
      throw new Error('broken')
    }
    expect((await sender({ lookup }).attempt(at('http://nowhere.example/'), event)).outcome.kind).toBe('network')
  })
})

describe('the size of an answer', () => {
  it('is kept up to 16 KiB, and the connection is used again', async () => {
    const { url, connections } = await endpoint((response) => response.end('é'.repeat(10_000)))
    const { attempt } = sender()
    expect((await attempt(at(url), event)).response).toBe('é'.repeat(8192))
    await attempt(at(url), event)
    expect(connections()).toBe(1)
  })

  it('leaves out a character that is cut in two, and replaces what is no UTF-8', async () => {
    const { url } = await endpoint((response, number) =>
      response.end(number === 1 ? `a${'é'.repeat(10_000)}` : Buffer.from([0x61, 0xff, 0x62, 0xc3])),
    )
    const { attempt } = sender()
    expect((await attempt(at(url), event)).response).toBe(`a${'é'.repeat(8191)}`)
    expect((await attempt(at(url), event)).response).toBe('a\ufffdb\ufffd')
  })

  it('does not keep a sender reading: an endless answer counts by its status, and its connection ends', async () => {
    let written = 0
    let isClosed = false
    const { url } = await endpoint((response) => {
      response.on('close', () => {
        isClosed = true
      })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384
      }
      response.on('drain', more)
      more()
    })
    const { verdict, response } = await sender().attempt(at(url), event)
    expect([verdict, response?.length]).toEqual(['delivered', 16_384])
    await until(() => isClosed)
    expect(written).toBeLessThan(50_000_000)
  })
})

describe('an endpoint that misbehaves', () => {
  const short = { timeoutSeconds: 0.3 }

  it('gets until the deadline to answer', async () => {
    const { url } = await rawEndpoint(() => {})
    const { outcome, durationMs, verdict, code } = await sender(short).attempt(at(url), event)
    expect([outcome, verdict, code]).toEqual([{ kind: 'timeout' }, 'retry', 'timeout'])
    expect(durationMs).toBeGreaterThanOrEqual(250)
    expect(durationMs).toBeLessThan(3000)
  })

  it.each([
    ['its head', 'HTTP/1.1 200 OK\r\nx-a: '],
    ['its body', 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'],
    ['announcements', ''],
  ])('cannot outlive it by dripping %s', async (_, head) => {
    let isClosed = false
    const { url } = await rawEndpoint((socket) => {
      socket.write(head)
      const timer = setInterval(() => socket.write(head === '' ? 'HTTP/1.1 103 Early Hints\r\n\r\n' : 'a'), 20)
      socket.on('close', () => {
        isClosed = true
        clearInterval(timer)
      })
    })
    const { outcome, durationMs } = await sender(short).attempt(at(url), event)
    expect(outcome).toEqual({ kind: 'timeout' })
    expect(durationMs).toBeLessThan(3000)
    await until(() => isClosed)
  })

  it('cannot outlive it by never reading', async () => {
    const { url } = await listening(createSocketServer((socket) => socket.pause()))
    const body = new Uint8Array(32 * 1024 * 1024)
    expect((await sender(short).attempt(at(url), { id: 'msg_1', body })).outcome).toEqual({ kind: 'timeout' })
  })

  it('has no place in the queue for longer than the deadline', async () => {
    const { url } = await rawEndpoint(() => {})
    const { attempt } = sender({ ...short, inFlightPerEndpoint: 1 })
    const both = await Promise.all([attempt(at(url), event), attempt(at(url), event)])
    expect(both.map(({ outcome }) => outcome.kind)).toEqual(['timeout', 'timeout'])
  })

  it.each([
    [
      'ten megabytes of headers',
      `HTTP/1.1 200 OK\r\n${`x-a: ${'a'.repeat(1000)}\r\n`.repeat(10_000)}\r\n`,
      'HPE_HEADER_OVERFLOW',
    ],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n', 'HPE_INVALID_CHUNK_SIZE'],
    ['half a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nhalf', 'ECONNRESET'],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'ECONNRESET'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
    ['nothing', '', 'ECONNRESET'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'ECONNRESET'],
  ])('is a fault of the network when it answers with %s', async (_, text, code) => {
    const { url } = await rawEndpoint((socket) => socket.end(text, 'latin1'))
    const { outcome, verdict } = await sender({ timeoutSeconds: 5 }).attempt(at(url), event)
    expect([outcome, verdict]).toEqual([{ kind: 'network', code }, 'retry'])
  })
})
