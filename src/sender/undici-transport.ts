import type { LookupFunction } from 'node:net'
import type { TlsOptions } from './agents'
import { type Answer, beginAnswer } from './answer'
import { exchangesWithin } from './exchange'
import { type NodeTransportOptions, outcomeOf } from './node-transport'
import { mostHeaderBytes, type Transport } from './transport'

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
  /** Not `request`, which makes a stream of each answer. */
  dispatch(
    options: {
      readonly origin: string
      readonly path: string
      readonly method: 'POST'
      readonly headers: Record<string, string>
      readonly body: Uint8Array
    },
    handler: {
      onRequestStart(controller: UndiciController, context: unknown): void
      onResponseStart(controller: UndiciController, status: number, headers: UndiciHeaders): void
      onResponseData(controller: UndiciController, chunk: Uint8Array): void
      onResponseEnd(controller: UndiciController, trailers: UndiciHeaders): void
      onResponseError(controller: UndiciController, error: Error): void
    },
  ): boolean
  destroy(): Promise<void>
}

interface UndiciController {
  abort(reason: Error): void
}

type UndiciHeaders = Readonly<Record<string, string | string[] | undefined>>

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

  const run = exchangesWithin(timeoutSeconds, undiciOutcomeOf)

  return {
    post: ({ url, headers, body, ending }) =>
      run(ending, ({ settle, cut }) => {
        let controller: UndiciController | undefined
        let isAbandoned = false
        let answer: Answer | undefined
        const abandon = () => {
          isAbandoned = true
          controller?.abort(new Error('Over'))
        }
        const path = url.pathname + url.search
        agent.dispatch(
          { origin: url.origin, path, method: 'POST', headers, body },
          {
            onRequestStart(started) {
              controller = started
              // There was nothing to end while it waited for a connection.
              if (isAbandoned) abandon()
            },
            // More than once where an announcement comes first.
            onResponseStart(_, status, { 'retry-after': retryAfter }) {
              answer = beginAnswer(status, [retryAfter].flat()[0], now)
            },
            onResponseData: (_, chunk) => answer?.take(chunk) === false && cut(answer.outcome()),
            onResponseEnd: () => answer && settle(answer.outcome()),
            onResponseError: (_, error) => settle(undiciOutcomeOf(error)),
          },
        )
        return abandon
      }),
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
