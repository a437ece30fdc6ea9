import { expectOption } from '../core/options'
import { quiet } from '../core/quiet'
import { unavailable } from '../idempotency/ask'
import { createIdempotency } from '../idempotency/idempotency'
import { hasMethod } from '../idempotency/options'
import type { TransactionalStore } from '../idempotency/store'
import { after } from '../idempotency/timers'
import { answers } from '../receiver/answers'
import { HandlerFailed } from '../receiver/handle'
import { volatileHint } from '../receiver/observe'
import { reply } from '../receiver/reply'
import { type Answered, toAnswer } from './answer'
import { conclude, Declined, ScopeFailed } from './conclude'
import { answerCodec } from './kept'
import { readKey, storeKey } from './key'
import { type Incoming, type Message, readMessage } from './message'
import { checkOptions, type IdempotentHandler, type IdempotentOptions } from './options'
import { Refusal } from './problems'

/** Requests in, answers out, and never an exception. */
export type AnswerTo = (incoming: Incoming) => Promise<Answered>

/** What the engine, or the lack of a key, gives to a run of the handler. */
interface Run {
  readonly signal: AbortSignal
  readonly attempt: number
  readonly transaction?: unknown
  complete?(tx: unknown): Promise<void>
}

/** What is learned of a request on its way. */
interface Learned {
  key?: string
  /** 0 until the handler has begun. */
  attempt: number
}

/**
 * Makes the Idempotency-Key header of one's own API: read, claim, handle, complete or release, answer.
 *
 * Follows sections 2.6 and 2.7 of draft-ietf-httpapi-idempotency-key-header. The key is completed before the first byte of the answer
 * goes out. Throws a `ConfigurationError` for a mistake in the options.
 */
export function createIdempotent<Tx, Platform>(
  options: IdempotentOptions<Tx, Platform>,
  handler: IdempotentHandler<never>,
): AnswerTo {
  const settings = checkOptions(options, handler)
  const { required, methods, handlerSeconds, retentionSeconds, documentation } = settings
  const { transaction, leaseSeconds } = options
  const store = options.store as unknown as TransactionalStore<unknown>
  const engine = createIdempotency({ store, leaseSeconds, handlerSeconds, retentionSeconds })
  if (transaction)
    expectOption(hasMethod(store, 'transaction'), 'store', 'a store with transactions, since `transaction` is true', store)
  const codec = answerCodec(settings.maxResponseBytes, documentation)
  const observe = quiet(options.observe)
  const hint = volatileHint(store)
  if (hint) observe({ outcome: 'warning', code: 'volatile_store', hint })

  /** One run of the handler; whatever goes wrong in it is the handler's. */
  async function perform(message: Message, platform: unknown, run: Run): Promise<Answered> {
    let answer: Answered
    try {
      const context = { ...run, platform, reply }
      answer = await toAnswer(await handler(message.request(), context as never), run.signal)
    } catch (error) {
      throw new HandlerFailed(error)
    }
    if (answer.status >= 500) throw new Declined(answer)
    return answer
  }

  async function runUnkeyed(work: (run: Run) => Promise<Answered>): Promise<Answered> {
    const controller = new AbortController()
    const timeUp = () => controller.abort(new DOMException('The time of the handler is over.', 'TimeoutError'))
    const cancel = after(handlerSeconds * 1000, timeUp)
    const run = { signal: controller.signal, attempt: 1 }
    try {
      if (!transaction) return await work({ ...run, complete: async () => undefined })
      return await store.transaction((tx) => work({ ...run, transaction: tx }))
    } catch (error) {
      throw error instanceof HandlerFailed || error instanceof Declined ? error : unavailable(error)
    } finally {
      cancel()
    }
  }

  async function scopeOf(message: Message, platform: unknown): Promise<string> {
    let scope: unknown
    try {
      scope = await options.scope(message.request(), platform as Platform)
    } catch (error) {
      throw new ScopeFailed(error, answers.unavailable)
    }
    if (typeof scope === 'string' && scope !== '' && scope.isWellFormed()) return scope
    throw new ScopeFailed(new TypeError('Expected `scope` to give well-formed text of 1 or more characters'), answers.failed)
  }

  async function answerTo(incoming: Incoming, started: number, learned: Learned): Promise<Answered> {
    const { method, context: platform, waitUntil } = incoming
    const seen = () => ({ method, durationMs: performance.now() - started })
    const isKeyed = methods.includes(method)
    const given = isKeyed ? readKey(incoming.headers) : undefined
    if (isKeyed && required && given === undefined) throw new Refusal('missing_key', 'There is no Idempotency-Key header.')
    const message = await readMessage(incoming, settings.maxBodyBytes)
    const work = (run: Run) => {
      learned.attempt = run.attempt
      return perform(message, platform, run)
    }
    if (given === undefined) {
      const answer = await runUnkeyed(work)
      observe({ outcome: 'unkeyed', ...seen(), status: answer.status })
      return answer
    }
    const key = await storeKey(await scopeOf(message, platform), method, message.path, given)
    learned.key = key
    const fingerprint = await message.fingerprint()
    const { status, result } = transaction
      ? await engine.run(key, work, { fingerprint, transaction, codec, waitUntil })
      : await engine.run(key, work, { fingerprint, codec, waitUntil })
    const keyed = { ...seen(), key, status: result.status }
    if (status === 'replayed') {
      observe({ outcome: 'replayed', ...keyed })
      return { ...result, headers: { ...result.headers, 'idempotent-replayed': 'true' } }
    }
    observe({ outcome: 'executed', ...keyed, attempt: learned.attempt, kept: codec.isKept(result) })
    return result
  }

  return async (incoming) => {
    const started = performance.now()
    const learned: Learned = { attempt: 0 }
    try {
      return await answerTo(incoming, started, learned)
    } catch (error) {
      const { method } = incoming
      const { key, attempt } = learned
      const facts = { method, durationMs: performance.now() - started, key, ran: attempt > 0, documentation }
      const { answer, observation } = conclude(error, facts)
      observe(observation)
      return answer
    }
  }
}
