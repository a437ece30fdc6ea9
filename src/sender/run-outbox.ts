import { expectFunction, expectNames, expectNumber, expectOption } from '../core/options'
import { quiet } from '../core/quiet'
import type { Attempt } from './attempt'
import type { Endpoint } from './event'
import { type DeadDelivery, expectName, type KeptEvent, type Outbox, type OutboxTask, type Settlement } from './outbox'
import type { Sender } from './sender'
import { createTurnstile } from './turnstile'

/** How an outbox is delivered. */
export interface RunOutboxOptions {
  /** Signs and sends, and says by its schedule when to try again. */
  readonly sender: Pick<Sender, 'attempt' | 'nextDelay'>
  /** The names of the endpoints that an event goes to; asked once for an event, and again where its answer could not be kept. */
  readonly endpoints: (event: KeptEvent) => Iterable<string> | Promise<Iterable<string>>
  /** Where an endpoint is and what it shares; asked for every try, so that neither is kept in a queue. Undefined: there is none. */
  readonly endpoint: (name: string, event: KeptEvent) => Endpoint | undefined | Promise<Endpoint | undefined>
  /** How many tries are under way at one time. Default 50; on BullMQ its worker's own. */
  readonly concurrency?: number
  /** How many of them may be under way to one endpoint, so that one that does not answer leaves room for the others. Default 4. */
  readonly inFlightPerEndpoint?: number
  /** How long a delivery is held without a sign of life, before another process takes it. Default 30; on engines their own. */
  readonly leaseSeconds?: number
  /** How long to wait where there was nothing to do. Default 1; on BullMQ there is no waiting. */
  readonly pollSeconds?: number
  /** Hears of every try as it ends; what it throws changes nothing. */
  readonly onAttempt?: (attempt: Attempt, endpoint: string) => void
  /** Hears of an endpoint that answered 410: have `endpoints` name it no more, and `endpoint` know it no more. */
  readonly onDisable?: (endpoint: string, attempt: Attempt) => void
  /** Hears of a delivery that is given up, before it is kept aside: once more where the process dies in between. */
  readonly onDead?: (dead: DeadDelivery) => void
  /** Hears what `endpoints`, `endpoint` or the queue threw; they are asked again. The event is there where it is about one. */
  readonly onError?: (error: unknown, event?: KeptEvent) => void
}

/** An outbox that is being delivered. */
export interface OutboxRun {
  /** Begins nothing more, and resolves when what is under way is settled: at most the sender's `timeoutSeconds` later. */
  drain(): Promise<void>
}

/** How long to leave alone what our own side could not answer. */
const secondsAfterError = 10

const optionNames =
  'sender endpoints endpoint concurrency inFlightPerEndpoint leaseSeconds pollSeconds onAttempt onDisable onDead onError'

/**
 * Delivers what is in an outbox until `drain()`; run it in as many processes as it takes.
 *
 * Every endpoint gets the event under the event's id, with the same bytes, and signed with its own secret. At-least-once: a process that
 * dies after an endpoint answered, and before that was kept, leaves the delivery to another. Throws a `ConfigurationError` for a mistake
 * in the options.
 */
export function runOutbox(outbox: Pick<Outbox, 'work'>, options: RunOutboxOptions): OutboxRun {
  expectOption(typeof outbox?.work === 'function', 'outbox', 'an outbox, such as tableOutbox(pool)', outbox)
  expectOption(typeof options === 'object' && options !== null, 'options', 'an object', options)
  expectNames(options, optionNames.split(' '))
  const { sender, concurrency = 50, inFlightPerEndpoint = 4, leaseSeconds = 30, pollSeconds = 1 } = options
  expectOption(typeof sender?.nextDelay === 'function', 'sender', 'what `createSender` has made', sender)
  for (const name of ['endpoints', 'endpoint'] as const) {
    expectOption(typeof options[name] === 'function', name, 'a function', options[name])
  }
  for (const name of ['onAttempt', 'onDisable', 'onDead', 'onError'] as const) expectFunction(name, options[name])
  expectNumber('concurrency', concurrency, 1)
  expectNumber('inFlightPerEndpoint', inFlightPerEndpoint, 1)
  expectNumber('leaseSeconds', leaseSeconds, 0.01)
  expectNumber('pollSeconds', pollSeconds)
  const [onAttempt, onDisable] = [quiet(options.onAttempt), quiet(options.onDisable)]
  const [onDead, onError] = [quiet(options.onDead), quiet(options.onError)]
  const turnstile = createTurnstile(inFlightPerEndpoint, Math.random)

  async function fanOut(event: KeptEvent): Promise<Settlement> {
    const names = new Set(await options.endpoints(event))
    for (const name of names) expectName('endpoints', name)
    return { kind: 'fan-out', endpoints: [...names] }
  }

  function bury(event: KeptEvent, endpoint: string, told: Pick<DeadDelivery, 'attempts' | 'reason' | 'error'>): Settlement {
    onDead({ event, endpoint, ...told })
    return { kind: 'dead', ...told }
  }

  async function deliver(event: KeptEvent, name: string, attempts: number): Promise<Settlement> {
    const leave = turnstile.enter(name)
    if (typeof leave === 'number') return { kind: 'later', seconds: leave }
    try {
      const endpoint = await options.endpoint(name, event)
      if (!endpoint) return bury(event, name, { attempts, reason: 'gone', error: 'no such endpoint' })
      const attempt = await sender.attempt(endpoint, event, { attempt: attempts + 1 })
      // The sender was closed: that is nobody's fault, and another process may go on at once.
      if (attempt.outcome.kind === 'aborted') return { kind: 'later', seconds: 0 }
      onAttempt(attempt, name)
      return conclude(event, name, attempt)
    } finally {
      leave()
    }
  }

  function conclude(event: KeptEvent, name: string, attempt: Attempt): Settlement {
    if (attempt.verdict === 'delivered') return { kind: 'delivered' }
    const error = String(attempt.status ?? attempt.code)
    const told = { attempts: attempt.attempt, error }
    if (attempt.verdict === 'disable') onDisable(name, attempt)
    if (attempt.verdict !== 'retry') {
      return bury(event, name, { ...told, reason: attempt.verdict === 'disable' ? 'disabled' : 'rejected' })
    }
    const seconds = sender.nextDelay(attempt)
    return seconds === undefined ? bury(event, name, { ...told, reason: 'exhausted' }) : { kind: 'again', seconds, error }
  }

  async function settle({ event, endpoint, attempts }: OutboxTask): Promise<Settlement> {
    try {
      return await (endpoint === undefined ? fanOut(event) : deliver(event, endpoint, attempts))
    } catch (error) {
      onError(error, event)
      return { kind: 'later', seconds: secondsAfterError }
    }
  }

  const ending = new AbortController()
  const { signal } = ending
  const ended = outbox.work(settle, { concurrency, inFlightPerEndpoint, leaseSeconds, pollSeconds, onError, signal })
  return {
    drain() {
      ending.abort()
      return ended
    },
  }
}
