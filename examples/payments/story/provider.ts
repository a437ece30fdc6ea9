import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startProcess } from './process'

/** One try to deliver an event, as the provider logs it. */
export interface LoggedAttempt {
  readonly event: string
  readonly attempt: number
  readonly at: string
  readonly durationMs: number
  readonly verdict: 'delivered' | 'retry' | 'disable' | 'reject'
  readonly status?: number
  readonly code?: string
}

/** How a delivery ended, after all its tries. */
export interface LoggedDelivery {
  readonly event: string
  readonly status: 'delivered' | 'exhausted' | 'disabled' | 'rejected' | 'gone'
  readonly attempts: number
}

/** What an event is about, and how many deliveries of it are started at once. */
export interface LoggedEvent {
  readonly event: string
  readonly order: string
  readonly copies: number
}

export interface Provider {
  readonly url: string
  readonly key: string
  /** Tells it where the shop listens, as a merchant would in the provider's settings. */
  register(url: string, secret: string): Promise<void>
  /** Somebody pays for an order; resolves to the event's id, while it is being delivered. */
  pay(order: Payable, options?: { readonly copies?: number }): Promise<string>
  attempts(event: string): readonly LoggedAttempt[]
  /** Resolves when so many deliveries of the event have ended. */
  settled(event: string, copies?: number): Promise<readonly LoggedDelivery[]>
  /** Resolves when so many tries were made. */
  tried(event: string, attempts: number): Promise<void>
  stop(): Promise<void>
}

export interface Payable {
  readonly id: string
  readonly amountCents: number
}

export interface ProviderSettings {
  readonly databaseUrl: string
  /** Seconds to wait before each further try. */
  readonly schedule: readonly number[]
  /** How long a card takes when a visitor of the page pays. */
  readonly processingMs: number
  readonly onAttempt?: ((attempt: LoggedAttempt, event: LoggedEvent) => void) | undefined
}

const patienceMs = 30_000

export async function startProvider({ databaseUrl, schedule, processingMs, onAttempt }: ProviderSettings): Promise<Provider> {
  const key = randomBytes(24).toString('base64url')
  const attempts: LoggedAttempt[] = []
  const deliveries: LoggedDelivery[] = []
  const events = new Map<string, LoggedEvent>()
  const news = new EventEmitter().setMaxListeners(0)
  const env = { DATABASE_URL: databaseUrl, API_KEY: key, SCHEDULE: schedule.join(','), PROCESSING_MS: String(processingMs) }
  const process = startProcess('the provider', fileURLToPath(new URL('../provider/main.ts', import.meta.url)), env, (line) => {
    if (line['attempt']) {
      const attempt = line['attempt'] as LoggedAttempt
      const event = events.get(attempt.event)
      attempts.push(attempt)
      if (event) onAttempt?.(attempt, event)
    }
    if (line['event']) {
      const event = line['event'] as LoggedEvent
      events.set(event.event, event)
    }
    if (line['delivery']) deliveries.push(line['delivery'] as LoggedDelivery)
    news.emit('line')
  })
  const url = await process.listening

  const post = async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`The provider answered ${response.status} to ${path}`)
    return response.json()
  }
  const until = async (what: string, holds: () => boolean) => {
    const signal = AbortSignal.timeout(patienceMs)
    while (!holds()) {
      await once(news, 'line', { signal }).catch(() => {
        throw new Error(`After ${patienceMs / 1000} seconds still not so: ${what}`)
      })
    }
  }
  const ofEvent = <T extends { readonly event: string }>(lines: readonly T[], event: string) =>
    lines.filter((line) => line.event === event)

  return {
    url,
    key,
    async register(endpoint, secret) {
      await post('/endpoint', { url: endpoint, secret })
    },
    async pay({ id, amountCents }, { copies = 1 } = {}) {
      const payment = { order: id, amountCents, currency: 'EUR', card: 'good', copies, processingMs: 0 }
      const { event } = (await post('/payments', payment)) as { event: string }
      return event
    },
    attempts: (event) => ofEvent(attempts, event),
    async settled(event, copies = 1) {
      await until(`${event} is settled`, () => ofEvent(deliveries, event).length >= copies)
      return ofEvent(deliveries, event)
    },
    tried: (event, count) => until(`${event} was tried ${count} times`, () => ofEvent(attempts, event).length >= count),
    stop: () => process.stop(),
  }
}
