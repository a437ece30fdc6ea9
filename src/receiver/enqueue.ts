import type { EventDraft } from './event'
import { type Inbox, type InboxMessage, packBody } from './inbox'
import { toHeaders } from './request'

/** The inbox did not say in time that it has the event. */
export class InboxUnavailable extends Error {
  override readonly name = 'InboxUnavailable'
}

/** Senders give up after a few seconds: better to ask for another try in time. */
const mostMilliseconds = 2000

/** Puts a verified event in the inbox; resolves only when it is durable there. */
export async function enqueue(
  inbox: Inbox,
  draft: EventDraft,
  key: string,
  now: Date,
): Promise<'accepted' | 'duplicate' | 'unknown'> {
  const message: InboxMessage = {
    v: 1,
    key,
    scheme: draft.scheme,
    ...(draft.account !== undefined && { account: draft.account }),
    ...(draft.type !== undefined && { type: draft.type }),
    receivedAt: now.toISOString(),
    headers: [...toHeaders(draft.headers)],
    body: packBody(draft.body),
  }
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new InboxUnavailable(`The inbox took more than ${mostMilliseconds} ms.`))
      controller.abort()
    }, mostMilliseconds)
  })
  try {
    const put = await Promise.race([inbox.put(message, { signal: controller.signal }), late])
    if (put === 'accepted' || put === 'duplicate' || put === 'unknown') return put
    throw new InboxUnavailable('Expected the inbox to say accepted, duplicate or unknown.')
  } catch (cause) {
    throw cause instanceof InboxUnavailable ? cause : new InboxUnavailable('The inbox failed.', { cause })
  } finally {
    clearTimeout(timer)
  }
}
