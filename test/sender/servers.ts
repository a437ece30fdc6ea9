import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket, type Server as SocketServer } from 'node:net'
import { standardWebhooks } from 'countersign/schemes'
import { createSender, type Sender, type SenderOptions } from 'countersign/sender'
import { onTestFinished } from 'vitest'

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const event = { id: 'msg_1', body: '{"type":"payment.succeeded"}' }

/** What an endpoint has seen. */
export interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface TestEndpoint {
  readonly url: string
  readonly port: number
  readonly requests: Received[]
  /** How many connections it has accepted. */
  connections(): number
  close(): Promise<void>
}

export async function listening(
  server: Server | SocketServer,
  host = '127.0.0.1',
  protocol = 'http',
): Promise<Pick<TestEndpoint, 'url' | 'port' | 'connections' | 'close'>> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket.on('error', () => {}))
  })
  await once(server.listen(0, host), 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { url: `${protocol}://127.0.0.1:${port}/hooks`, port, connections: () => connections, close }
}

/** A real HTTP server; `answer` is called with the number of the request, from 1. */
export async function endpoint(
  answer: (response: Parameters<RequestListener>[1], number: number) => void = (response) => response.end(),
): Promise<TestEndpoint> {
  const requests: Received[] = []
  // Longer than any test, so that it is the sender that ends a connection.
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url, headers } = request
    answer(response, requests.push({ method, url, headers, body: Buffer.concat(chunks) }))
  })
  return { ...(await listening(server)), requests }
}

/** A real HTTP server that answers with these statuses in turn, and then with 200. */
export const statuses = (...some: readonly number[]): Promise<TestEndpoint> =>
  endpoint((response, number) => response.writeHead(some[number - 1] ?? 200).end())

/** A server that speaks for itself once it has seen the end of a request's head. */
export async function rawEndpoint(speak: (socket: Socket) => void) {
  return listening(
    createSocketServer((socket) => {
      let head = ''
      socket.on('data', (chunk) => {
        if (head.includes('\r\n\r\n')) return
        head += chunk.toString('latin1')
        if (head.includes('\r\n\r\n')) speak(socket)
      })
    }),
  )
}

/** A sender that may call this machine, closed when the test is over. */
export function sender(options: Partial<SenderOptions> = {}): Sender {
  const made = createSender({ scheme: standardWebhooks, guard: false, ...options })
  onTestFinished(() => made.close())
  return made
}

// Before any test turns the clock.
const { setImmediate } = globalThis

/** Waits for the network, in real time, also where the timers of a test are fake. */
export async function until(holds: () => boolean): Promise<void> {
  for (const deadline = process.hrtime.bigint() + 5_000_000_000n; !holds(); ) {
    if (process.hrtime.bigint() > deadline) throw new Error(`Never happened: ${holds}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
