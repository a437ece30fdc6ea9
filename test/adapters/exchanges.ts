import { Agent, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer, Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetchStyle } from 'countersign/fetch'
import { type LambdaEvent, webhook as lambda } from 'countersign/lambda'
import { webhook as node } from 'countersign/node'
import type createFastify from 'fastify'
import { selfSigned } from '../sender/certificate'
import type { Sent } from './cases'
import { adapters, lenientFastify, lenientFastify4 } from './mounts'

/** An answer, less what a server says of itself. */
export interface Shown {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A way for requests to travel to a receiver and answers back. */
export interface Exchange {
  send(sent: Sent): Promise<Shown>
  close(): Promise<void>
}

type Open = (options: never, handler: never) => Promise<Exchange>

const ofServers = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']

function shown(status: number, headers: Record<string, unknown>, body: Uint8Array | string): Shown {
  const kept = Object.entries(headers).filter(([name]) => !ofServers.includes(name) && !name.startsWith(':'))
  return {
    status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body: Buffer.from(body).toString(),
  }
}

/** The whole answer of a socket; it says its length, and keeps the connection. */
async function read(response: IncomingMessage, method: string): Promise<Shown> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  const body = Buffer.concat(parts)
  const length = response.headers['content-length']
  if (length !== String(body.length) && method !== 'HEAD')
    throw new Error(`Expected a content-length of ${body.length}, got ${length}`)
  if (response.headers.connection === 'close') throw new Error('Expected the connection to stay usable')
  return shown(response.statusCode as number, response.headers, body)
}

/** One connection, kept alive through all cases: a refusal that spoiled it would spoil the next case. */
function overSocket(url: string, close: () => Promise<void>): Exchange {
  const isSecure = url.startsWith('https')
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    : new Agent({ keepAlive: true, maxSockets: 1 })
  const request = isSecure ? httpsRequest : httpRequest
  const { hostname, port } = new URL(url)
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const pairs = [...headers, ['host', `${hostname}:${port}`], ['content-length', String(Buffer.byteLength(body))]].flat()
        const outgoing = request({ agent, hostname, port, path, method, headers: pairs as never }, (response) =>
          read(response, method).then(resolve, reject),
        )
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
    close: async () => {
      agent.destroy()
      await close()
    },
  }
}

async function secure(server: ReturnType<typeof createHttpsServer> | ReturnType<typeof createSecureServer>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, close }
}

const overHttps: Open = async (options, handler) => {
  const { url, close } = await secure(createHttpsServer(selfSigned('localhost'), node(options, handler) as RequestListener))
  return overSocket(url, close)
}

const overHttp2: Open = async (options, handler) => {
  const { url, close } = await secure(createSecureServer(selfSigned('localhost'), node(options, handler)))
  const session = connectHttp2(url, { rejectUnauthorized: false })
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const lists: Record<string, string[]> = {}
        for (const [name, value] of headers) (lists[name] ??= []).push(value)
        const stream = session.request({ ...lists, ':method': method, ':path': path }, { endStream: false })
        const parts: Buffer[] = []
        let answer: Record<string, unknown> = {}
        stream.on('response', (got) => (answer = got as never))
        stream.on('data', (part) => parts.push(part))
        stream.on('error', reject)
        stream.on('end', () => resolve(shown(answer[':status'] as number, answer, Buffer.concat(parts))))
        stream.end(body)
      }),
    close: async () => {
      session.close()
      await close()
    },
  }
}

const requestOf = ({ method, path, headers, body }: Sent) =>
  new Request(`http://localhost${path}`, {
    method,
    headers: headers as [string, string][],
    body: method === 'GET' || method === 'HEAD' ? null : (body as string),
  })

const fetchInMemory: Open = async (options, handler) => {
  const hook = fetchStyle(options, handler)
  return {
    send: async (sent) => {
      const response = await hook(requestOf(sent))
      return shown(response.status, Object.fromEntries(response.headers), await response.text())
    },
    close: async () => undefined,
  }
}

const inject =
  (create: () => unknown): Open =>
  async (options, handler) => {
    const app = create() as ReturnType<typeof createFastify>
    await app.register(fastify({ url: '/hooks', ...(options as object) } as never, handler))
    return {
      send: async ({ method, path, headers, body }) => {
        const lists: Record<string, string | string[]> = {}
        for (const [name, value] of headers) lists[name] = lists[name] === undefined ? value : [lists[name], value].flat()
        const response = await app.inject({ method: method as 'POST', url: path, headers: lists, payload: Buffer.from(body) })
        return shown(response.statusCode, response.headers, response.rawPayload)
      },
      close: () => app.close(),
    }
  }

const lists = (headers: Sent['headers']) => {
  const multi: Record<string, string[]> = {}
  for (const [name, value] of headers) (multi[name] ??= []).push(value)
  return multi
}

/** Events as API Gateway, function URLs and load balancers make them. */
const events: Record<string, (sent: Sent) => LambdaEvent> = {
  2: ({ method, path, headers, body }) => ({
    version: '2.0',
    rawPath: path.split('?')[0] as string,
    rawQueryString: path.split('?')[1] ?? '',
    headers: Object.fromEntries(Object.entries(lists(headers)).map(([name, values]) => [name, values.join(',')])),
    requestContext: { http: { method }, domainName: 'id.lambda-url.example' },
    ...(body.length > 0 && { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: true,
  }),
  'of a load balancer': ({ method, path, headers, body }) => ({
    httpMethod: method,
    path: path.split('?')[0] as string,
    queryStringParameters: Object.fromEntries(
      (path.split('?')[1] ?? '')
        .split('&')
        .filter(Boolean)
        .map((pair) => pair.split('=')),
    ),
    multiValueHeaders: lists(headers),
    requestContext: { elb: {} },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  }),
}

const invoke =
  (eventOf: (sent: Sent) => LambdaEvent): Open =>
  async (options, handler) => {
    const handle = lambda(options, handler)
    return {
      send: async (sent) => {
        const { statusCode, headers, body, isBase64Encoded } = await handle(eventOf(sent))
        return shown(statusCode, headers, Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
      },
      close: async () => undefined,
    }
  }

/** Every way to every adapter; all of mounts.ts over a socket. */
export const exchanges: Record<string, Open> = {
  ...Object.fromEntries(
    Object.entries(adapters).map(([name, listen]): [string, Open] => [
      name,
      async (options, handler) => {
        const { url, close } = await listen(options, handler)
        return overSocket(url, close)
      },
    ]),
  ),
  https: overHttps,
  http2: overHttp2,
  'fetch in memory': fetchInMemory,
  'fastify by inject': inject(lenientFastify),
  'fastify 4 by inject': inject(lenientFastify4),
  ...Object.fromEntries(Object.entries(events).map(([name, eventOf]) => [`lambda event ${name}`, invoke(eventOf)])),
}
