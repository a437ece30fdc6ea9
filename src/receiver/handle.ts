import { createIdempotency, type WaitUntil } from '../idempotency/idempotency'
import type { TransactionalStore } from '../idempotency/store'
import { type Answer, answers } from './answers'
import { type EventDraft, finishEvent, type TypedEvent, type WebhookEvent } from './event'
import { eventKey } from './key'
import { lazily } from './lazy'
import type { ReceiverOptions } from './options'
import { PayloadError, validatePayload } from './payload'
import { isReply, type Reply, type ReplyOptions, reply, replyCodec } from './reply'
import type { ReceiverSettings } from './settings'

/** What a handler is given beside the event. */
export interface WebhookContext<Tx = unknown> {
  /** Aborts when the handler has lost the event or run out of time: stop, what comes after may be done again. */
  readonly signal: AbortSignal
  /** Which try this is, from 1. */
  readonly attempt: number
  /** Makes an answer other than an empty 200; return it. */
  reply(reply?: ReplyOptions): Reply
  /**
   * Completes the event inside a transaction of your own, so that it takes effect when that commits; only with a store that has
   * transactions. Rejects when somebody else holds the event: roll back.
   */
  complete(tx: Tx): Promise<void>
}

/** What a handler is given beside the event with `transaction: true`. */
export interface TransactionContext<Tx = unknown> extends Omit<WebhookContext, 'complete'> {
  /** The transaction in which the event is completed: what is written through it happens exactly once. */
  readonly transaction: Tx
}

/** Handles an event; what it returns is ignored unless `context.reply` made it. Throw, and the sender's next try runs it again. */
export type Handler<T = unknown, Context = WebhookContext> = (event: WebhookEvent<T>, context: Context) => unknown

/** Handles events of several types, each with a payload of its own. */
export type TypedHandler<Payloads, Context = WebhookContext> = (event: TypedEvent<Payloads>, context: Context) => unknown

/** A handler's answer that is no success: it is given to the caller, and the event is released. */
export class Declined {
  constructor(readonly answer: Answer) {}
}

/** What a handler threw, told apart from every error of our own. */
export class HandlerFailed {
  constructor(readonly error: unknown) {}
}

/** What the engine, or the lack of one, gives to a run of the handler. */
interface Run {
  readonly signal: AbortSignal
  readonly attempt: number
  readonly transaction?: unknown
  complete?(tx: unknown): Promise<void>
}

/** What an inbox's worker says of a run. */
export interface WorkOptions {
  /** Aborts the handler's signal too. */
  readonly signal?: AbortSignal
  /** Which try of the job this is, from 1; a store counts for itself. */
  readonly attempt?: number
  /** Keeps the platform awake for what goes on after the work: `(promise) => context.waitUntil(promise)`. */
  readonly waitUntil?: WaitUntil | undefined
}

/** Signals are made when a handler looks at them: few do, and they cost more than a hash. */
const withSignal = lazily<{ run: Run; outer: AbortSignal | undefined }, { signal: AbortSignal }>({
  signal: ({ run, outer }) => (outer ? AbortSignal.any([outer, run.signal]) : run.signal),
})

/** The end of a handler's time; its signal is made when it is asked for. */
function createDeadline(seconds: number) {
  let controller: AbortController | undefined
  let isOver = false
  const abort = () => controller?.abort(new DOMException('The handler ran out of time.', 'TimeoutError'))
  const timer = setTimeout(() => {
    isOver = true
    abort()
  }, seconds * 1000)
  return {
    signal(): AbortSignal {
      controller = new AbortController()
      if (isOver) abort()
      return controller.signal
    },
    callOff: () => clearTimeout(timer),
  }
}

const withDeadline = lazily<ReturnType<typeof createDeadline>, { signal: AbortSignal }>({
  signal: (deadline) => deadline.signal(),
})

/** How a handled event is answered: by this run of the handler, or as an earlier one was. */
export interface Handled {
  readonly answer: Answer
  readonly replayed: boolean
  readonly attempt: number
}

async function attemptTo<R>(run: () => R): Promise<Awaited<R>> {
  try {
    return await run()
  } catch (error) {
    throw error instanceof PayloadError ? error : new HandlerFailed(error)
  }
}

/** Runs handlers, at most one at a time for a key where there is a store. */
export function createHandling<T>(
  options: ReceiverOptions<T>,
  handler: Handler<T, never>,
  { leaseSeconds, handlerSeconds, retentionSeconds }: ReceiverSettings,
) {
  const { scheme, store, schemas, transaction, endpoint } = options
  // Whether it has transactions was checked with the options.
  const engine =
    store &&
    createIdempotency({
      store: store as TransactionalStore<unknown>,
      leaseSeconds,
      handlerSeconds,
      retentionSeconds,
      resultSeconds: options.resultSeconds,
      backOffSeconds: options.backOffSeconds,
    })

  const validate = async (draft: EventDraft) => {
    // Of a type without one no event comes this far.
    const schema = schemas ? schemas[draft.type as string] : options.schema
    return schema && { value: await validatePayload(schema, draft.payload()) }
  }

  /** The key, and the validated payload where `options.key` needed it first; an inbox takes what the schema has not seen. */
  async function keyOf(
    draft: EventDraft,
    validates: boolean,
  ): Promise<{ key: string; validated?: { readonly value: T } | undefined }> {
    if (!options.key) return { key: await eventKey(scheme, draft, endpoint, undefined) }
    const validated = validates ? await validate(draft) : undefined
    const own = options.key(finishEvent<T>(draft, '', validated) as never)
    return { key: await eventKey(scheme, draft, endpoint, String(own ?? '')), validated }
  }

  async function invoke(
    draft: EventDraft,
    key: string,
    known: { readonly value: T } | undefined,
    run: Run,
    outer?: AbortSignal,
  ): Promise<Answer> {
    const event = finishEvent<T>(draft, key, known ?? (await validate(draft)))
    const { attempt, complete } = run
    const given = { attempt, reply, ...(transaction ? { transaction: run.transaction } : complete && { complete }) }
    const context = withSignal(given, { run, outer })
    const outcome = await attemptTo(() => handler(event, context as never))
    const answer = isReply(outcome) ? outcome : answers.acknowledged
    if (answer.status >= 300) throw new Declined(answer)
    return answer
  }

  async function withoutStore(work: (run: Run) => Promise<Answer>, attempt = 1): Promise<Handled> {
    const deadline = createDeadline(handlerSeconds)
    try {
      return { answer: await work(withDeadline({ attempt }, deadline)), replayed: false, attempt }
    } finally {
      deadline.callOff()
    }
  }

  async function handle(
    draft: EventDraft,
    key: string,
    known?: { readonly value: T },
    { signal, attempt, waitUntil }: WorkOptions = {},
  ): Promise<Handled> {
    const work = (run: Run) => invoke(draft, key, known, run, signal)
    if (!engine) return withoutStore(work, attempt)
    let tried = 0
    const counted = (run: Run) => {
      tried = run.attempt
      return work(run)
    }
    const { status, result } = transaction
      ? await engine.run(key, counted, { transaction, codec: replyCodec, waitUntil })
      : await engine.run(key, counted, { codec: replyCodec, waitUntil })
    return { answer: result, replayed: status === 'replayed', attempt: tried }
  }

  return { keyOf, handle }
}
