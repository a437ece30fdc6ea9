import { expectNumber, expectOption } from '../core/options'
import { type Attempt, attemptWith } from './attempt'
import { createEndings, type Ending } from './ending'
import { type Endpoint, expectEndpoint, type OutgoingEvent, type PreparedEvent, prepareEvent } from './event'
import { createLimiter } from './limiter'
import type { SenderSettings } from './options'
import { nextDelay } from './schedule'
import type { Transport } from './transport'
import { wait } from './wait'

/** How the delivery of one event ended, and every try of it in order. */
export interface Delivery {
  /**
   * `delivered`: answered 2xx. `exhausted`: the schedule is at its end. `disabled`: answered 410, send this endpoint nothing more.
   * `rejected`: the guard refused the address, the URL is none, it cannot be signed, or the status is permanent. `aborted`: the caller
   * ended it.
   */
  readonly status: 'delivered' | 'exhausted' | 'disabled' | 'rejected' | 'aborted'
  readonly attempts: readonly Attempt[]
}

/** What `attempt` may be told beside where and what. */
export interface AttemptOptions {
  /** The number of the try, from 1, which is the default. */
  readonly attempt?: number | undefined
  /** Ends the try, with an outcome of `aborted`. */
  readonly signal?: AbortSignal | undefined
}

/** What `deliver` may be told beside where and what. */
export interface DeliverOptions {
  /** Ends the delivery: the try that is under way, and any wait for the next. */
  readonly signal?: AbortSignal | undefined
}

/** Sends signed events over connections of its own. */
export interface Sender {
  /**
   * POSTs an event once, signed, and resolves to what came of it.
   *
   * Never rejects for what an endpoint does or for what a tenant typed; rejects with a `ConfigurationError` for an endpoint or event
   * that is none, such as one without an id.
   */
  readonly attempt: (endpoint: Endpoint, event: OutgoingEvent, options?: AttemptOptions) => Promise<Attempt>
  /**
   * Tries until the event is delivered or given up, with the waits of the schedule, and resolves to how it ended.
   *
   * Every try has the same id and bytes and a fresh signature. It lives in this process: a restart forgets it. Rejects as `attempt` does.
   */
  readonly deliver: (endpoint: Endpoint, event: OutgoingEvent, options?: DeliverOptions) => Promise<Delivery>
  /** The seconds from a try that has ended to the next one, by the schedule; undefined where there is none. */
  readonly nextDelay: (attempt: Attempt) => number | undefined
  /** Aborts what is under way and ends all connections. What is asked of the sender afterwards is aborted too. */
  readonly close: () => void
}

const endings = { delivered: 'delivered', disable: 'disabled', reject: 'rejected' } as const

/** Makes a sender that sends by this transport. */
export function senderBy(transport: Transport, settings: SenderSettings): Sender {
  const { waits, random, onAttempt, onDisable } = settings
  const { of: endingOf, endAll } = createEndings()
  const makeAttempt = attemptWith(settings, transport, createLimiter(settings.inFlightPerEndpoint))

  async function tryOnce(endpoint: Endpoint, event: PreparedEvent, number: number, ending: Ending): Promise<Attempt> {
    const attempt = await makeAttempt(endpoint, event, number, ending)
    onAttempt(attempt, endpoint)
    if (attempt.verdict === 'disable') onDisable(endpoint, attempt)
    return attempt
  }

  /** Not by the outcome alone: some statuses are permanent by this sender's own options. */
  const delayAfter = ({ attempt, outcome, verdict }: Attempt) =>
    verdict === 'retry' ? nextDelay(attempt, outcome, waits, random) : undefined

  return {
    async attempt(endpoint, event, { attempt = 1, signal } = {}) {
      expectEndpoint(endpoint)
      expectNumber('attempt', attempt, 1)
      return tryOnce(endpoint, prepareEvent(event), attempt, endingOf(checkSignal(signal)))
    },

    async deliver(endpoint, event, { signal } = {}) {
      expectEndpoint(endpoint)
      const prepared = prepareEvent(event)
      const ending = endingOf(checkSignal(signal))
      const attempts: Attempt[] = []
      while (!ending.isOver) {
        const number = attempts.length + 1
        const attempt = await tryOnce(endpoint, prepared, number, ending)
        attempts.push(attempt)
        if (attempt.verdict !== 'retry') return { status: endings[attempt.verdict], attempts }
        if (attempt.outcome.kind === 'aborted') break
        const seconds = delayAfter(attempt)
        if (seconds === undefined) return { status: 'exhausted', attempts }
        await wait(seconds * 1000, ending)
      }
      return { status: 'aborted', attempts }
    },

    nextDelay: delayAfter,

    close() {
      endAll()
      transport.close()
    },
  }
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  expectOption(signal === undefined || typeof signal?.aborted === 'boolean', 'signal', 'an AbortSignal', signal)
  return signal
}
