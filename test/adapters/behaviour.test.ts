import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { sign } from 'countersign'
import { webhook } from 'countersign/fetch'
import { standardWebhooks, twilio } from 'countersign/schemes'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { body, secret } from './cases'
import { adapters, type Mounted, mountReceiver } from './mounts'

const options = { scheme: standardWebhooks, secret, maxBodyBytes: 1000 }
const open: Mounted[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((mounted) => mounted.close()))
})

/** A connection whose every byte is ours. */
function dial(url: string): { socket: Socket; heard(): string } {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let heard = ''
  socket.on('data', (data) => (heard += data))
  socket.on('error', () => undefined)
  return { socket, heard: () => heard }
}

const head = (...headers: string[]) =>
  `POST /hooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers.join('\r\n')}\r\n\r\n`
const lines = (headers: Record<string, string>) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

// Before Lambda stands what takes requests whole.
const streaming = Object.keys(adapters).filter((name) => !name.startsWith('lambda'))
// What a bridge or a platform does with the connection is its own.
const owning = streaming.filter((name) => name !== 'fetch' && name !== 'hono')

const mount = async (adapter: string, more: object = {}) => {
  const mounted = await mountReceiver(adapter, { ...options, ...more })
  open.push(mounted)
  return { ...mounted, ...dial(mounted.url) }
}

describe.each(streaming)('%s', (adapter) => {
  it('refuses a length over the limit before any of the body has come', async () => {
    const { socket, heard, seen } = await mount(adapter)
    socket.write(head('content-length: 1001'))
    await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1.1 413 /))
    expect(seen).toMatchObject([{ code: 'body_too_large' }])
    socket.destroy()
  })

  it('cuts off a body without a length as soon as it is over the limit', async () => {
    const { socket, heard, seen } = await mount(adapter)
    socket.write(`${head('transfer-encoding: chunked')}1f4\r\n${'x'.repeat(500)}\r\n1f5\r\n${'x'.repeat(501)}\r\n`)
    await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1.1 413 /))
    expect(seen).toMatchObject([{ code: 'body_too_large' }])
    socket.destroy()
  })

  it('lets a caller wait for leave to send its body', async () => {
    const { socket, heard } = await mount(adapter)
    const signed = lines(await sign(standardWebhooks, { secret, body }))
    socket.write(head('expect: 100-continue', `content-length: ${body.length}`, ...signed))
    await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\n/))
    socket.write(body)
    await vi.waitFor(() => expect(heard()).toMatch(/\r\n\r\nHTTP\/1.1 200 /))
    socket.destroy()
  })
})

describe.each(owning)('%s', (adapter) => {
  it('leaves the connection to others after a body over the limit has flown away', async () => {
    const { socket, heard } = await mount(adapter)
    const signed = lines(await sign(standardWebhooks, { secret, body }))
    socket.write(`${head('transfer-encoding: chunked')}7d0\r\n${'x'.repeat(2000)}\r\n`)
    await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1.1 413 /))
    socket.write(`0\r\n\r\n${head(`content-length: ${body.length}`, ...signed)}${body}`)
    await vi.waitFor(() => expect(heard()).toMatch(/HTTP\/1.1 200 /))
    socket.destroy()
  })
})

// All at once, since each waits for the answer to have gone out.
describe.each(owning)('%s', (adapter) => {
  it.each([undefined, 'https://shop.example'])('takes the URL to the letter, with publicUrl %s', async (publicUrl) => {
    const target = `/hooks?Body=It's+amazing`
    const { socket, heard } = await mount(adapter, { scheme: twilio, publicUrl })
    const proof = await sign(twilio, { secret, body: 'a=1', url: `${publicUrl ?? 'http://x'}${target}` })
    const form = ['content-length: 3', 'content-type: application/x-www-form-urlencoded']
    socket.write(`POST ${target} HTTP/1.1\r\nhost: x\r\n${[...form, ...lines(proof)].join('\r\n')}\r\n\r\na=1`)
    await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1.1 200 /))
    socket.destroy()
  })
})

describe('a body that does not end', () => {
  const everywhere = (sent: string, status: RegExp, observed: object) =>
    Promise.all(
      owning.map(async (adapter) => {
        const { socket, heard, seen } = await mount(adapter, { bodySeconds: 0.05 })
        socket.write(sent)
        await once(socket, 'close')
        expect(heard(), adapter).toMatch(status)
        expect(seen, adapter).toMatchObject([observed])
      }),
    )

  it('is refused when its time is over, and hung up on', () =>
    everywhere(`${head('content-length: 100')}{"half":`, /^HTTP\/1.1 401 /, {
      code: 'body_incomplete',
      hint: 'The body took longer than `bodySeconds` (0.05).',
    }))

  it('is hung up on, too, when it was refused before', () =>
    everywhere(`${head('transfer-encoding: chunked')}7d0\r\n${'x'.repeat(2000)}\r\n`, /^HTTP\/1.1 413 /, {
      code: 'body_too_large',
    }))
})

describe('fetch', () => {
  it('refuses a body that does not come in time, and lets go of it', async () => {
    const seen: object[] = []
    const cancelled = vi.fn()
    const hook = webhook({ ...options, bodySeconds: 0.05, observe: (observation) => seen.push(observation) }, () => undefined)
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([1])), cancel: cancelled })
    const response = await hook(new Request('http://localhost/', { method: 'POST', body: stream, duplex: 'half' } as never))
    expect(response.status).toBe(401)
    expect(seen).toMatchObject([{ code: 'body_incomplete', hint: 'The body took longer than `bodySeconds` (0.05).' }])
    expect(cancelled).toHaveBeenCalledTimes(1)
  })
})
