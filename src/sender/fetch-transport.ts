import { beginAnswer } from './answer'
import { exchangesWithin } from './exchange'
import type { Outcome } from './outcome'
import type { Transport } from './transport'

interface FetchTransportOptions {
  readonly fetch: typeof fetch
  readonly timeoutSeconds: number
  readonly now: () => Date
}

/** The runtime's own `fetch`, which finds addresses and keeps connections by itself. */
export function createFetchTransport({ fetch, timeoutSeconds, now }: FetchTransportOptions): Transport {
  async function send(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer>, redirect: 'manual', signal } as const
    const response = await fetch(url.href, init)
    // A browser does not say which redirect it was.
    if (response.type === 'opaqueredirect') return { kind: 'network', code: 'redirected' }
    const answer = beginAnswer(response.status, response.headers.get('retry-after') ?? undefined, now)
    const reader = response.body?.getReader()
    for (;;) {
      const { value } = (await reader?.read()) ?? {}
      if (!value) return answer.outcome()
      if (answer.take(value)) continue
      // Not waited for: it may take as long as the rest.
      reader?.cancel().catch(() => {})
      return answer.outcome()
    }
  }

  const run = exchangesWithin(timeoutSeconds, outcomeOf)

  return {
    post: ({ url, headers, body, ending }) =>
      run(ending, ({ settle }) => {
        const controller = new AbortController()
        send(url, headers, body, controller.signal).then(settle, (error) => settle(outcomeOf(error)))
        return () => controller.abort()
      }),
    close: () => {},
  }
}

/** Node's `fetch` has the network's code in the cause; others have none. */
function outcomeOf(error: unknown): Outcome {
  const { code } = ((error as { cause?: unknown } | undefined)?.cause ?? {}) as { code?: unknown }
  return { kind: 'network', code: typeof code === 'string' ? code : 'fetch_failed' }
}
