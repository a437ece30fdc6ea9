import { type ClientRequest, type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { ConnectTimeoutError, createAgents, type TlsOptions } from './agents'
import { beginAnswer } from './answer'
import { exchangesWithin } from './exchange'
import { hostOf } from './guard'
import { BlockedError } from './lookup'
import type { Outcome } from './outcome'
import { mostHeaderBytes, type Post, type Transport } from './transport'

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
  const run = exchangesWithin(timeoutSeconds, outcomeOf)
  const [plain, secure] = createAgents(connectSeconds, idleSeconds, tls)
  // Nobody changes a URL, and one is the same object for all that is sent to it.
  const targets = new WeakMap<URL, RequestOptions>()

  /** What all requests to a URL have in common. */
  function targetOf(url: URL): RequestOptions {
    const { protocol, port, pathname, search } = url
    const host = hostOf(url)
    const target = {
      agent: protocol === 'https:' ? secure : plain,
      protocol,
      method: 'POST',
      hostname: host,
      servername: isIP(host) === 0 ? host : '',
      port,
      path: pathname + search,
      lookup,
      maxHeaderSize: mostHeaderBytes,
      insecureHTTPParser: false,
    }
    targets.set(url, target)
    return target
  }

  function open({ url, headers, body }: Post): ClientRequest {
    const target = targets.get(url) ?? targetOf(url)
    // As a list, which Node writes as it is.
    const list = ['host', url.host, 'content-length', String(body.length)]
    for (const name in headers) list.push(name, headers[name] as string)
    const request = target.protocol === 'https:' ? requestSecure : requestPlain
    // In this order it is made in half the time.
    return request({ headers: list, ...target })
  }

  return {
    post: (post) =>
      run(post.ending, ({ settle, cut }) => {
        const request = open(post)
        const fail = (error: unknown) => settle(outcomeOf(error))
        request.on('response', (response) => {
          const answer = beginAnswer(response.statusCode ?? 0, response.headers['retry-after'], now)
          response.on('data', (chunk: Uint8Array) => answer.take(chunk) || cut(answer.outcome()))
          response.on('end', () => settle(answer.outcome()))
          response.on('error', fail)
        })
        request.on('error', fail)
        // An upgrade that nobody asked for ends without an error.
        request.on('close', fail)
        request.end(post.body)
        return () => request.destroy()
      }),

    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** What a fault of Node's network comes to. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof BlockedError) return { kind: 'blocked' }
  if (error instanceof ConnectTimeoutError) return { kind: 'timeout' }
  const code = (error as { code?: unknown } | undefined)?.code
  return { kind: 'network', code: typeof code === 'string' ? code : 'ECONNRESET' }
}
