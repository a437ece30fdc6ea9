import { expectDate } from '../core/options'
import { sign } from '../signing/sign'
import { classify } from './classify'
import type { Ending } from './ending'
import type { Endpoint, PreparedEvent } from './event'
import type { Limiter } from './limiter'
import type { SenderSettings } from './options'
import type { Outcome, Verdict } from './outcome'
import type { Transport } from './transport'

/** One try to deliver an event, and what came of it. Holds no secret. */
export interface Attempt {
  /** The event's. */
  readonly id: string
  /** The number of the try, from 1. */
  readonly attempt: number
  /** When it was signed. */
  readonly at: Date
  readonly outcome: Outcome
  /** From the signature to the last byte; waiting for a place is not counted. */
  readonly durationMs: number
  /** What the endpoint answered, where it did. */
  readonly status?: number | undefined
  readonly verdict: Verdict
  /** Why there is no answer: the network's code such as `ECONNREFUSED`, or else what kind of outcome it is. */
  readonly code?: string | undefined
  /** How long the endpoint asked to be left alone. */
  readonly retryAfterSeconds?: number | undefined
  /** The first 16 KiB of the answer as text. */
  readonly response?: string | undefined
}

/** Makes one signed try; rejects for mistakes of the developer alone. */
export type MakeAttempt = (endpoint: Endpoint, event: PreparedEvent, number: number, ending: Ending) => Promise<Attempt>

/** How many URLs are remembered with what the guard says of them. */
const mostJudged = 1000

/** Makes the function that makes one signed try. */
export function attemptWith(settings: SenderSettings, transport: Transport, limiter: Limiter): MakeAttempt {
  const { scheme, guard, headers, permanentStatuses, maxBodyBytes, now } = settings

  const judged = new Map<string, URL | Outcome>()

  /** Judges what a URL spells, once for as long as it is remembered: that never changes. */
  function judge(url: string | URL): URL | Outcome {
    const text = String(url)
    const known = judged.get(text)
    if (known) return known
    const found = judgeAnew(text)
    if (judged.size >= mostJudged) judged.clear()
    judged.set(text, found)
    return found
  }

  /** The URL to call, or why it is not called. */
  function judgeAnew(text: string): URL | Outcome {
    if (!URL.canParse(text)) return { kind: 'invalid', code: 'invalid_url' }
    const url = new URL(text)
    if (!guard.permits(url)) return { kind: 'blocked' }
    // Without a guard too: credentials would be dropped, and other protocols are not spoken.
    const isPlain = /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
    return isPlain ? url : { kind: 'invalid', code: 'invalid_url' }
  }

  /** Signs and sends. */
  async function post(url: URL, { secret }: Endpoint, event: PreparedEvent, timestamp: Date, ending: Ending): Promise<Outcome> {
    const { id, body } = event
    let signed: Readonly<Record<string, string>>
    try {
      signed = await sign(scheme, { secret, body, id, timestamp, url })
    } catch {
      // Not why: an attempt may be shown to a tenant, and the secret is not always the tenant's own.
      return { kind: 'invalid', code: 'unsignable' }
    }
    if (ending.isOver) return { kind: 'aborted' }
    // Several times as quick as three spreads in a literal.
    const all = Object.assign({}, headers, event.headers, signed)
    return transport.post({ url, headers: all, body, ending })
  }

  function report(id: string, attempt: number, at: Date, since: number, outcome: Outcome): Attempt {
    const durationMs = Math.round(performance.now() - since)
    const verdict = classify(outcome, permanentStatuses)
    if (outcome.kind !== 'response') {
      const code = outcome.kind === 'network' ? outcome.code : outcome.kind
      return { id, attempt, at, outcome, durationMs, verdict, code }
    }
    const { status, retryAfterSeconds, body: response } = outcome
    return { id, attempt, at, outcome, durationMs, verdict, status, retryAfterSeconds, response }
  }

  return async (endpoint, event, number, ending) => {
    const target: URL | Outcome =
      event.body.length > maxBodyBytes ? { kind: 'invalid', code: 'body_too_large' } : judge(endpoint.url)
    const isCallable = target instanceof URL
    // The signature waits for the place too, so that its time is fresh.
    const place = isCallable ? limiter.enter(target.href, ending) : undefined
    const leave = place instanceof Promise ? await place : place
    try {
      const at = now()
      expectDate('now', at)
      const since = performance.now()
      const outcome = !isCallable
        ? target
        : leave
          ? await post(target, endpoint, event, at, ending)
          : ({ kind: 'aborted' } as const)
      return report(event.id, number, at, since, outcome)
    } finally {
      leave?.()
    }
  }
}
