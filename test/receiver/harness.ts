import { generateSecret, type Observation, type Scheme } from 'countersign'
import { webhook } from 'countersign/fetch'
import { memoryStore } from 'countersign/idempotency'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'

export const url = 'https://shop.example/hooks'
export const secret = generateSecret()
export const store = memoryStore

/** A receiver in memory with everything that happens to it: what it observed and the requests to send it. */
export function receiver(options: object = {}, handler: (event: never, context: never) => unknown = () => undefined) {
  const seen: Observation[] = []
  const { scheme = standardWebhooks } = options as { scheme?: Scheme }
  const hook = webhook(
    { scheme, secret, observe: (observation: Observation) => seen.push(observation), ...options } as never,
    handler as never,
  )
  return {
    hook,
    seen,
    outcomes: () => seen.map(({ outcome }) => outcome),
    last: () => seen.at(-1) as Observation & Record<string, unknown>,
    /** Sends a signed event. */
    send: async (body: unknown = { type: 'paid' }, more: object = {}) =>
      hook(
        await signedRequest(scheme, {
          url,
          secret,
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
          ...more,
        }),
      ),
  }
}

/** All that a caller can tell of an answer. */
export async function shown(response: Response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}
