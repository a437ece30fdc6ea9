import type { Inbox, InboxMessage, Observation } from 'countersign'
import { webhook } from 'countersign/fetch'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { secret, url } from '../receiver/harness'

type Handler = (event: { id?: string | undefined; payload: unknown; body: Uint8Array }, context: { attempt: number }) => unknown

/** A receiver that acknowledges first, and everything that it observed. */
export function receiverOn(inbox: Inbox, handler: Handler, options: object = {}) {
  const seen: Observation[] = []
  const observe = (observation: Observation) => void seen.push(observation)
  const hook = webhook({ scheme: standardWebhooks, secret, inbox, observe, ...options } as never, handler as never)
  const deliver = async (id: string, body = '{"type":"paid"}') =>
    (await hook(await signedRequest(standardWebhooks, { url, secret, id, body }))).status
  return { hook, deliver, seen, puts: () => seen.flatMap((one) => (one.outcome === 'enqueued' ? [one.put] : [])) }
}

let made = 0
/** A message as a receiver puts it. */
export const messageOf = (key = `standard-webhooks///msg_${++made}`): InboxMessage => ({
  v: 1,
  key,
  scheme: 'standard-webhooks',
  type: 'paid',
  receivedAt: '2026-01-01T00:00:00.000Z',
  headers: [['webhook-id', 'msg']],
  body: 'e30=',
})

export const options = { signal: new AbortController().signal }
