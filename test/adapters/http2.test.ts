import { createServer, type Http2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import type { Observation } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { idempotent, webhook } from 'countersign/node'
import { github } from 'countersign/schemes'
import { afterEach, expect, it, vi } from 'vitest'

const servers: Http2Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A frame (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(payload as string)
  const head = Buffer.alloc(9)
  head.writeUIntBE(bytes.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, bytes])
}

/** Headers as literals that are never indexed (RFC 7541, section 6.2.3). */
const literals = (headers: Record<string, string>) =>
  Buffer.concat(
    Object.entries(headers).map(([name, value]) =>
      Buffer.concat([Buffer.from([0x10, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]),
    ),
  )

/** Sends half of a body, and resets the stream as somebody does who has nothing against it. */
async function sendHalf(listener: Parameters<typeof createServer>[1]) {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const reading = new Promise((resolve) => server.once('stream', (stream) => stream.once('data', resolve)))
  const headers = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/',
    ':authority': 'x',
    'content-type': 'application/x-www-form-urlencoded',
    'idempotency-key': 'k',
  }
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.concat([frame(4, 0, 0), frame(1, 4, 1, literals(headers)), frame(0, 0, 1, 'amount=10')]))
  await reading
  socket.write(frame(3, 0, 1, new Uint8Array(4)))
  return socket
}

it('takes half of a body, reset without an error, for no body', async () => {
  const seen: Observation[] = []
  const socket = await sendHalf(
    webhook({ scheme: github, secret: 'x'.repeat(16), observe: (observation) => seen.push(observation) }, () => undefined),
  )
  await vi.waitFor(() => expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_incomplete' }]))
  socket.destroy()
})

it('never runs a handler of one’s own API with half of a body', async () => {
  const seen: object[] = []
  const handler = vi.fn()
  const options = { store: memoryStore(), scope: () => 'a', observe: (observation: object) => void seen.push(observation) }
  const socket = await sendHalf(idempotent(options, handler) as never)
  await vi.waitFor(() => expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_incomplete' }]))
  expect(handler).not.toHaveBeenCalled()
  socket.destroy()
})
