import { createServer, type IncomingMessage, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import type { NodeRequest } from '../../src/adapters/incoming'
import { readNodeBody as startReading } from '../../src/adapters/node-body'
import { finishReading } from '../../src/receiver/request'

const readNodeBody = (stream: NodeRequest, limit: number, seconds: number) => finishReading(startReading(stream, limit, seconds))

const textOf = (read: unknown) => (ArrayBuffer.isView(read) ? Buffer.from(read as Uint8Array).toString() : read)

/** A stream of HTTP/1 that has these pieces in it, and of which nobody has read. */
function streamOf(pieces: readonly string[], more: object = {}): Readable & NodeRequest {
  const stream = new Readable({ read() {} })
  for (const piece of pieces) stream.push(Buffer.from(piece))
  const length = String(pieces.join('').length)
  return Object.assign(stream, { httpVersionMajor: 1, rawHeaders: [], headers: { 'content-length': length } }, more) as never
}

/** The events that somebody listens to for the body of a request, and that body, as a server has them; `whileRead` is when it waits for them. */
async function served(send: (request: ReturnType<typeof sendRequest>) => void, whileRead: () => void = () => undefined) {
  const seen: { read: unknown; listened: unknown[] }[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const on = vi.spyOn(request, 'on')
    const reading = readNodeBody(request as never, 100, 5)
    whileRead()
    seen.push({ read: textOf(await reading), listened: on.mock.calls.map(([name]) => name) })
    response.end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  await new Promise<void>((answered, fail) => {
    const { port } = server.address() as AddressInfo
    const request = sendRequest({ port, host: '127.0.0.1', method: 'POST' }, (response) => response.resume().on('end', answered))
    send(request.on('error', fail))
  })
  await new Promise((closed) => server.close(closed))
  return seen[0]
}

describe('a body of HTTP/1', () => {
  it('that came with its headers is read without listening to the stream', async () => {
    const seen = await served((request) => request.setHeader('content-length', 4).end('body'))
    expect(seen).toEqual({ read: 'body', listened: [] })
  })

  it('that says no length is listened to', async () => {
    const seen = await served((request) => request.setHeader('transfer-encoding', 'chunked').end('body'))
    expect(seen).toEqual({ read: 'body', listened: expect.arrayContaining(['data', 'end', 'close']) })
  })

  it('in pieces has a buffer of its own, with or without Node’s own joining', async () => {
    for (const own of [Buffer, undefined]) {
      const stream = streamOf(['bo', 'dy'], { headers: {} })
      stream.push(null)
      vi.stubGlobal('Buffer', own)
      const read = (await readNodeBody(stream, 4, 5)) as Uint8Array
      vi.unstubAllGlobals()
      expect(new Uint8Array(read.buffer)).toEqual(new TextEncoder().encode('body'))
    }
  })

  it('that comes in pieces is listened to', async () => {
    let sent: ReturnType<typeof sendRequest> | undefined
    const seen = await served(
      (request) => {
        sent = request.setHeader('content-length', 4)
        sent.write('bo')
      },
      () => sent?.end('dy'),
    )
    expect(seen).toEqual({ read: 'body', listened: expect.arrayContaining(['data', 'end', 'close']) })
  })

  it('ends, so that the connection is free', async () => {
    const stream = streamOf(['body'])
    expect(textOf(await readNodeBody(stream, 4, 5))).toBe('body')
    const ended = new Promise((resolve) => stream.once('end', resolve))
    stream.push(null)
    await ended
    expect(stream.readableEnded).toBe(true)
  })

  it('is whole where the stream flows already', async () => {
    const stream = streamOf(['bo', 'dy'])
    const others: string[] = []
    stream.on('data', (piece) => others.push(String(piece)))
    const reading = readNodeBody(stream, 4, 5)
    stream.push(null)
    expect(textOf(await reading)).toBe('body')
    expect(others).toEqual(['bo', 'dy'])
  })

  it('is whole where another has stopped the stream', async () => {
    expect(textOf(await readNodeBody(streamOf(['bo', 'dy']).pause(), 4, 5))).toBe('body')
  })

  it('over the limit is refused, whatever it says of itself', async () => {
    const reading = readNodeBody(streamOf(['body'], { headers: { 'content-length': '4' } }), 3, 5)
    expect(await reading).toMatchObject({ code: 'body_too_large' })
  })

  it('with less than it says of itself is waited for', async () => {
    const stream = streamOf(['bo'], { headers: { 'content-length': '4' } })
    const reading = readNodeBody(stream, 4, 5)
    await Promise.resolve()
    stream.push(Buffer.from('dy'))
    stream.push(null)
    expect(textOf(await reading)).toBe('body')
  })

  it('as text is gone', async () => {
    const stream = streamOf(['body'])
    stream.setEncoding('utf8')
    expect(await readNodeBody(stream, 4, 5)).toMatchObject({
      code: 'body_consumed',
      hint: expect.stringContaining('setEncoding'),
    })
  })

  it('of a stream that has lost it is cut off', async () => {
    const stream = streamOf(['body'])
    const reading = readNodeBody(stream, 4, 5)
    stream.read = () => null
    stream.destroy()
    expect(await reading).toMatchObject({ code: 'body_incomplete' })
  })
})
