import type { LookupFunction } from 'node:net'
import { beginAnswer } from './answer'
import { type NodeTransportOptions, outcomeOf, type TlsOptions } from './node-transport'
import { exchange, mostHeaderBytes, type Transport } from './transport'

/** The part of undici that sends: pass the module itself, such as from `import * as undici from 'undici'`. */
export interface Undici {
  readonly Agent: new (options: {
    readonly connect: TlsOptions & { readonly lookup: LookupFunction; readonly timeout: number }
    readonly headersTimeout: number
    readonly bodyTimeout: number
    readonly keepAliveTimeout: number
    readonly maxHeaderSize: number
    readonly pipelining: number
    readonly allowH2: boolean
  }) => UndiciAgent
}

interface UndiciAgent {
  request(options: {
    readonly origin: string
    readonly path: string
    readonly method: 'POST'
    readonly headers: Record<string, string>
    readonly body: Uint8Array
    readonly signal: AbortSignal
  }): Promise<{
    readonly statusCode: number
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: AsyncIterable<Uint8Array>
  }>
  destroy(): Promise<void>
}

/** undici, with an agent of our own: it dials where our lookup says. It follows no redirect and asks no proxy. */
export function createUndiciTransport({ Agent }: Undici, options: NodeTransportOptions): Transport {
  const { lookup, timeoutSeconds, tls, now, connectSeconds = 5, idleSeconds = 30 } = options
  const agent = new Agent({
    connect: { ...tls, lookup, timeout: connectSeconds * 1000 },
    // The deadline of the exchange is ours.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: idleSeconds * 1000,
    maxHeaderSize: mostHeaderBytes,
    pipelining: 1,
    allowH2: false,
  })

  return {
    post: ({ url, headers, body, ending }) =>
      exchange(
        ending,
        timeoutSeconds,
        async (signal) => {
          const path = url.pathname + url.search
          const response = await agent.request({
            origin: url.origin,
            path,
            method: 'POST',
            headers: { ...headers },
            body,
            signal,
          })
          const answer = beginAnswer(response.statusCode, [response.headers['retry-after']].flat()[0], now)
          for await (const chunk of response.body) if (!answer.take(chunk)) break
          return answer.outcome()
        },
        undiciOutcomeOf,
      ),
    close: () => void agent.destroy(),
  }
}

/** undici's own words for what Node has a word for. */
const codes: Readonly<Record<string, string>> = { UND_ERR_SOCKET: 'ECONNRESET', UND_ERR_HEADERS_OVERFLOW: 'HPE_HEADER_OVERFLOW' }

function undiciOutcomeOf(error: unknown) {
  const outcome = outcomeOf(error)
  if (outcome.kind !== 'network') return outcome
  if (outcome.code === 'UND_ERR_CONNECT_TIMEOUT') return { kind: 'timeout' } as const
  return { kind: 'network', code: codes[outcome.code] ?? outcome.code } as const
}
