import { randomToken } from '../../crypto/random'
import { IdempotencyError } from '../../idempotency/errors'
import { every } from '../../idempotency/timers'
import type { InboxMessage } from '../../receiver/inbox'
import type { Receiver } from '../../receiver/webhook'
import { type Pace, workOn } from '../loop'

/** A message that this worker holds, until its lease ends. */
export interface Taken {
  readonly key: string
  readonly token: string
  readonly message: InboxMessage
  /** Which try this is, from 1. */
  readonly attempt: number
}

/** What a worker does with the table. */
export interface Shelf {
  take(token: string, limit: number): Promise<readonly Omit<Taken, 'token'>[]>
  extend(taken: Taken): Promise<unknown>
  finish(taken: Taken): Promise<unknown>
  /** After so many seconds, or never more where there are none. */
  giveUp(taken: Taken, waitSeconds: number | undefined, error: unknown): Promise<unknown>
  sweep(limit: number): Promise<number>
}

/** How a worker works. */
export interface InboxPace extends Pace {
  readonly leaseSeconds: number
  readonly waits: readonly number[]
}

/** How often beyond its schedule a message may be taken: by workers that died of it, or that found its event held by another. */
const mostLostTries = 10
const sweepLimit = 1000

/** Hands message after message to the receiver until the signal aborts, then waits for those under way. */
export function workOnInbox(shelf: Shelf, receiver: Pick<Receiver, 'work'>, pace: InboxPace): Promise<void> {
  const { leaseSeconds, waits, signal } = pace

  async function handle(taken: Taken): Promise<false> {
    if (taken.attempt > waits.length + 1 + mostLostTries) {
      // One that kills its workers would do so for ever.
      await shelf.giveUp(taken, undefined, 'Its workers ended before it did, again and again.').catch(() => undefined)
      return false
    }
    const stopExtending = every((leaseSeconds * 1000) / 3, () => void shelf.extend(taken).catch(() => undefined))
    try {
      await receiver.work(taken.message, { ...(signal && { signal }), attempt: taken.attempt })
      // Where that fails, another try finds it done.
      await shelf.finish(taken).catch(() => undefined)
    } catch (error) {
      const wait = waits[taken.attempt - 1]
      // Another holds the event, such as a worker that died: that is no fault of this message, and it is over by then.
      const hint = error instanceof IdempotencyError ? error.retryAfterSeconds : undefined
      const isHeld = error instanceof IdempotencyError && error.code === 'in_progress'
      const after = isHeld ? (hint ?? 1) : wait
      // What this worker's own end cut short is no fault of the message either: the next one takes it at once.
      // A lease that ends by itself is as good: the message is taken again.
      await shelf.giveUp(taken, signal?.aborted ? 0 : after, error).catch(() => undefined)
    } finally {
      stopExtending()
    }
    return false
  }

  async function take(limit: number): Promise<readonly Taken[]> {
    const token = randomToken()
    return (await shelf.take(token, limit)).map((one) => ({ ...one, token }))
  }

  return workOn({ take, handle, sweep: () => shelf.sweep(sweepLimit) }, pace)
}
