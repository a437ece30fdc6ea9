import { isPromised } from '../core/promised'
import { IdempotencyError } from '../idempotency/errors'
import { createIdempotency, type WaitUntil } from '../idempotency/idempotency'
import type { TransactionalStore } from '../idempotency/store'
import { after } from '../idempotency/timers'
import type { Answer } from './answers'
import type { ReceiverOptions } from './options'
import { replyCodec } from './reply'
import type { ReceiverSettings } from './settings'

/** What an inbox's worker says of a run. */
export interface WorkOptions {
  /** Aborts the handler's signal too. */
  readonly signal?: AbortSignal
  /** Which try of the job this is, from 1; a store counts for itself. */
  readonly attempt?: number
  /** Keeps the platform awake for what goes on after the work: `(promise) => context.waitUntil(promise)`. */
  readonly waitUntil?: WaitUntil | undefined
}

/** What a run of the handler is given by the store, or by the lack of one. */
export interface Run {
  readonly signal: AbortSignal
  readonly attempt: number
  readonly transaction?: unknown
  complete?(tx: unknown): Promise<void>
}

/** How a handled event is answered: by this run of the handler, or as an earlier one was. */
export interface Handled {
  readonly answer: Answer
  readonly replayed: boolean
  readonly attempt: number
}

/** The handler has run and the store failed then: whether the event is done is not known, and until its lease ends it is in progress. */
export class Unfinished {
  constructor(readonly error: IdempotencyError) {}
}

type Work = (run: Run) => Answer | Promise<Answer>

/** Runs work, at most one at a time for a key where there is a store. */
export type Runner = (key: string, work: Work, options: WorkOptions) => Handled | Promise<Handled>

/** A run without a store; its signal is made when somebody asks for it: few do, and it costs more than a hash. */
class Unclaimed implements Run {
  #controller: AbortController | undefined
  #isOver = false

  constructor(readonly attempt: number) {}

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isOver) this.#abort()
    return this.#controller.signal
  }

  /** Waits for the answer, and aborts when the time is over; leaves no timer behind. */
  async watch(answering: PromiseLike<Answer>, seconds: number): Promise<Answer> {
    const callOff = after(seconds * 1000, () => {
      this.#isOver = true
      this.#abort()
    })
    try {
      return await answering
    } finally {
      callOff()
    }
  }

  #abort(): void {
    this.#controller?.abort(new DOMException('The handler ran out of time.', 'TimeoutError'))
  }
}

/** Runs work as often as it is delivered. */
const runAlways =
  (handlerSeconds: number): Runner =>
  (_key, work, { attempt = 1 }) => {
    const run = new Unclaimed(attempt)
    const handled = (answer: Answer) => ({ answer, replayed: false, attempt })
    const answer = work(run)
    return isPromised(answer) ? run.watch(answer, handlerSeconds).then(handled) : handled(answer)
  }

/** Makes what runs work: once for a key where there is a store. */
export function createRunner<T>(
  { store, transaction, resultSeconds, backOffSeconds }: ReceiverOptions<T>,
  { leaseSeconds, handlerSeconds, retentionSeconds }: ReceiverSettings,
): Runner {
  if (!store) return runAlways(handlerSeconds)
  const times = { leaseSeconds, handlerSeconds, retentionSeconds, resultSeconds, backOffSeconds }
  // Whether it has transactions was checked with the options.
  const engine = createIdempotency({ store: store as TransactionalStore<unknown>, ...times })
  return async (key, work, { waitUntil }) => {
    let attempt = 0
    const counted = (run: Run) => {
      attempt = run.attempt
      return work(run)
    }
    try {
      const { status, result } = transaction
        ? await engine.run(key, counted, { transaction, codec: replyCodec, waitUntil })
        : await engine.run(key, counted, { codec: replyCodec, waitUntil })
      return { answer: result, replayed: status === 'replayed', attempt }
    } catch (error) {
      const isUnfinished = attempt > 0 && error instanceof IdempotencyError && error.code === 'store_unavailable'
      throw isUnfinished ? new Unfinished(error) : error
    }
  }
}
