import { lazily } from '../core/lazy'
import { asText } from '../core/pointer'
import { isPromised } from '../core/promised'
import { type Answer, answers } from './answers'
import { type EventDraft, finishEvent, type TypedEvent, type WebhookEvent } from './event'
import { type EventKey, eventKey } from './key'
import type { ReceiverOptions } from './options'
import { PayloadError, validatePayload } from './payload'
import { isReply, type Reply, type ReplyOptions, reply } from './reply'
import { createRunner, type Handled, type Run, type WorkOptions } from './run'
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

/** Signals are made when a handler looks at them: few do, and they cost more than a hash. */
const contextWithSignal = lazily(() => ({ attempt: 0, reply }), {
  signal: ({ run, outer }: { run: Run; outer: AbortSignal | undefined }) =>
    outer ? AbortSignal.any([outer, run.signal]) : run.signal,
})

/** The answer that a handler's outcome stands for. */
function answerOf(outcome: unknown): Answer {
  const answer = isReply(outcome) ? outcome : answers.acknowledged
  if (answer.status >= 300) throw new Declined(answer)
  return answer
}

function fail(error: unknown): never {
  throw error instanceof PayloadError || error instanceof Declined ? error : new HandlerFailed(error)
}

/** An event's key, and the payload that the schema has seen. */
export interface Keyed<T> {
  readonly key: EventKey
  readonly validated?: { readonly value: T } | undefined
}

/** Runs handlers, at most one at a time for a key where there is a store. */
export function createHandling<T>(options: ReceiverOptions<T>, handler: Handler<T, never>, settings: ReceiverSettings) {
  const { scheme, schemas, transaction, endpoint } = options
  const run = createRunner(options, settings)

  const validate = (draft: EventDraft) => {
    // Of a type without one no event comes this far.
    const schema = schemas ? schemas[draft.type as string] : options.schema
    return schema && validatePayload(schema, draft.payload()).then((value) => ({ value }))
  }

  async function ownKeyOf(key: (event: never) => unknown, draft: EventDraft, validates: boolean): Promise<Keyed<T>> {
    const validated = validates ? await validate(draft) : undefined
    const own = await key(finishEvent<T>(draft, '', validated) as never)
    // An object’s text is the same for every event, and all but the first would count as done.
    return { key: eventKey(scheme, draft, endpoint, asText(own) ?? ''), validated }
  }

  /** The key, and the validated payload where `options.key` needed it first; an inbox takes what the schema has not seen. */
  const keyOf = (draft: EventDraft, validates: boolean): Keyed<T> | Promise<Keyed<T>> =>
    options.key ? ownKeyOf(options.key, draft, validates) : { key: eventKey(scheme, draft, endpoint, undefined) }

  function contextOf(run: Run, outer: AbortSignal | undefined) {
    const context = contextWithSignal({ run, outer })
    context.attempt = run.attempt
    if (transaction) return Object.assign(context, { transaction: run.transaction })
    return run.complete ? Object.assign(context, { complete: run.complete }) : context
  }

  /** Runs the handler; the answer of one that promises nothing is there at once. */
  function call(event: WebhookEvent<T>, run: Run, outer: AbortSignal | undefined): Answer | Promise<Answer> {
    try {
      const outcome = handler(event, contextOf(run, outer) as never)
      return isPromised(outcome) ? Promise.resolve(outcome).then(answerOf, fail) : answerOf(outcome)
    } catch (error) {
      return fail(error)
    }
  }

  function invoke(
    draft: EventDraft,
    key: string | (() => string),
    known: { readonly value: T } | undefined,
    run: Run,
    outer?: AbortSignal,
  ): Answer | Promise<Answer> {
    const validating = known ? undefined : validate(draft)
    if (!validating) return call(finishEvent<T>(draft, key, known), run, outer)
    return validating.then((validated) => call(finishEvent<T>(draft, key, validated), run, outer))
  }

  /** The key is text wherever it must be known; else it is made when the handler reads it. */
  const handle = (
    draft: EventDraft,
    key: string | (() => string),
    known: { readonly value: T } | undefined,
    options: WorkOptions,
  ): Handled | Promise<Handled> => run(key as string, (given) => invoke(draft, key, known, given, options.signal), options)

  return { keyOf, handle }
}
