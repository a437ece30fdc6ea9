import { randomToken } from '../../crypto/random'
import { IdempotencyError } from '../../idempotency/errors'
import { every } from '../../idempotency/timers'
import type { InboxMessage } from '../../receiver/inbox'
import type { Receiver } from '../../receiver/webhook'

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
export interface Pace {
  readonly leaseSeconds: number
  readonly concurrency: number
  readonly pollSeconds: number
  readonly waits: readonly number[]
  readonly signal: AbortSignal | undefined
}

/** How often beyond its schedule a message may be taken: by workers that died of it, or that found its event held by another. */
const mostLostTries = 10
const sweepEveryMs = 60_000
const sweepLimit = 1000

/** Works until the signal aborts, then until what is under way has ended. What the database cannot answer is asked again. */
export async function workOn(shelf: Shelf, receiver: Pick<Receiver, 'work'>, pace: Pace): Promise<void> {
  const { leaseSeconds, concurrency, pollSeconds, waits, signal } = pace
  const running = new Set<Promise<void>>()
  let sweptAt = Number.NEGATIVE_INFINITY

  async function handle(taken: Taken): Promise<void> {
    if (taken.attempt > waits.length + 1 + mostLostTries) {
      // One that kills its workers would do so for ever.
      await shelf.giveUp(taken, undefined, 'Its workers ended before it did, again and again.').catch(() => undefined)
      return
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
  }

  async function fill(): Promise<boolean> {
    const token = randomToken()
    const room = concurrency - running.size
    const taken = await shelf.take(token, room)
    for (const one of taken) {
      const task = handle({ ...one, token }).finally(() => running.delete(task))
      running.add(task)
    }
    return taken.length === room
  }

  while (!signal?.aborted) {
    const isFull = running.size >= concurrency || (await fill().catch(() => false))
    if (performance.now() - sweptAt >= sweepEveryMs) {
      sweptAt = performance.now()
      await shelf.sweep(sweepLimit).catch(() => 0)
    }
    // Where there was more to take, as soon as there is room; else after a while.
    if (running.size >= concurrency) await untilOver(Promise.race(running), signal)
    else if (!isFull) await pause(pollSeconds * 1000, signal)
  }
  await Promise.all(running)
}

/** Until something ends, or the work does. */
function untilOver(something: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal) return something
  return new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true })
    something.then(resolve).finally(() => signal.removeEventListener('abort', resolve))
  })
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end, { once: true })
  })
}
