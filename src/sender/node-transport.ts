import { Agent, type ClientRequest, request as requestPlain } from 'node:http'
import { request as requestSecure, Agent as SecureAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
// Not the global ones: the network keeps its own time, also where a test turns the clock.
import { setTimeout as startTimer, clearTimeout as stopTimer } from 'node:timers'
import type { SecureContextOptions } from 'node:tls'
import { beginAnswer } from './answer'
import { hostOf } from './guard'
import { BlockedError } from './lookup'
import type { Outcome } from './outcome'
import { mostHeaderBytes, type Post, type Transport } from './transport'

/** What proves the two sides of a TLS connection to each other, beyond the usual authorities. */
export type TlsOptions = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>

/** What a transport on Node is made of. */
export interface NodeTransportOptions {
  /** Finds the addresses of a name, and refuses those that may not be dialled. */
  readonly lookup: LookupFunction
  readonly timeoutSeconds: number
  readonly tls?: TlsOptions | undefined
  readonly now: () => Date
  /** Within `timeoutSeconds`, until there is a connection to write to. */
  readonly connectSeconds?: number
  /** For how long a connection is kept that nobody uses. */
  readonly idleSeconds?: number
}

/** Node's own http and https, with connections kept alive. Redirects are not followed, and no proxy is asked. */
export function createNodeTransport(options: NodeTransportOptions): Transport {
  const { lookup, timeoutSeconds, tls, now, connectSeconds = 5, idleSeconds = 30 } = options
  const keepAlive = { keepAlive: true, timeout: idleSeconds * 1000 }
  const plain = new Agent(keepAlive)
  const secure = new SecureAgent({ ...keepAlive, ...tls })

  function open({ url, headers, body }: Post): ClientRequest {
    const isSecure = url.protocol === 'https:'
    return (isSecure ? requestSecure : requestPlain)({
      agent: isSecure ? secure : plain,
      method: 'POST',
      hostname: hostOf(url),
      port: url.port,
      path: url.pathname + url.search,
      // As a list, which Node writes as it is.
      headers: ['host', url.host, ...Object.entries(headers).flat(), 'content-length', String(body.length)],
      lookup,
      maxHeaderSize: mostHeaderBytes,
      insecureHTTPParser: false,
    })
  }

  function post(post: Post, resolve: (outcome: Outcome) => void): void {
    const request = open(post)
    const settle = (outcome: Outcome) => {
      stopTimer(deadline)
      stopTimer(connecting)
      callOff()
      resolve(outcome)
    }
    const fail = (error: unknown) => settle(outcomeOf(error))
    /** Ends the exchange from our side; what the connection says after that is not heard. */
    const cut = (outcome: Outcome) => {
      settle(outcome)
      request.destroy()
    }
    const expire = () => cut({ kind: 'timeout' })
    const deadline = startTimer(expire, timeoutSeconds * 1000)
    let connecting: ReturnType<typeof startTimer> | undefined
    const callOff = post.ending.onOver(() => cut({ kind: 'aborted' }))

    request.on('socket', (socket) => {
      if (!socket.connecting) return
      connecting = startTimer(expire, connectSeconds * 1000)
      socket.once(post.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => stopTimer(connecting))
    })
    request.on('response', (response) => {
      const answer = beginAnswer(response.statusCode ?? 0, response.headers['retry-after'], now)
      response.on('data', (chunk: Uint8Array) => answer.take(chunk) || cut(answer.outcome()))
      response.on('end', () => settle(answer.outcome()))
      response.on('error', fail)
    })
    request.on('error', fail)
    // An upgrade that nobody asked for ends without an error.
    request.on('close', () => fail(undefined))
    request.end(post.body)
  }

  return {
    post: (exchange) => new Promise<Outcome>((resolve) => post(exchange, resolve)).catch(outcomeOf),

    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** What a fault of Node's network comes to. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof BlockedError) return { kind: 'blocked' }
  const code = (error as { code?: unknown } | undefined)?.code
  return { kind: 'network', code: typeof code === 'string' ? code : 'ECONNRESET' }
}
