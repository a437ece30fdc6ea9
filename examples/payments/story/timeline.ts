import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChannel, createSession } from 'better-sse'

/** A line of what the page shows behind the scenes. */
export type TimelineEntry =
  | { readonly kind: 'step'; readonly step: string; readonly title: string; readonly text: string }
  | { readonly kind: 'attempt'; readonly step: string; readonly label: string; readonly tone: Tone; readonly text: string }
  | { readonly kind: 'note'; readonly step: string; readonly text: string }
  | { readonly kind: 'check'; readonly step: string; readonly holds: boolean; readonly text: string }

export type Tone = 'delivered' | 'retry' | 'refused' | 'lost'

export interface Timeline {
  readonly url: string
  add(entry: TimelineEntry): void
  close(): Promise<void>
}

/** Enough for the story and many payments of visitors; what comes after is not shown. */
const limit = 1000

/** Tells every page what the demo does, from the beginning or from where it was: it lives beside the shop, and goes on without it. */
export async function startTimeline(): Promise<Timeline> {
  const entries: TimelineEntry[] = []
  const channel = createChannel()
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/') {
      response.writeHead(404).end()
      return
    }
    const session = await createSession(request, response, { headers: { 'access-control-allow-origin': '*' } })
    const seen = Number.parseInt(session.lastId, 10) || 0
    for (const [index, entry] of entries.entries()) if (index >= seen) session.push(entry, 'message', String(index + 1))
    if (session.isConnected) channel.register(session)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    add(entry) {
      if (entries.length === limit) return
      entries.push(entry)
      channel.broadcast(entry, 'message', { eventId: String(entries.length) })
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
