import { IdempotencyError } from '../../idempotency/errors'
import { createGate } from '../gate'
import { isBusy } from './errors'

/** Nobody waits longer for a store. */
const mostMilliseconds = 5000

/** Tries at random moments, so that processes do not keep meeting. */
const soon = () => 1 + Math.random() * 20

/** What a transaction of this process does in its turn; each is tried until nobody is in the way, for five seconds at most. */
export interface Turn {
  /** Takes the lock: the attempt succeeds only with it. */
  take(attempt: () => void): Promise<void>
  insist<T>(attempt: () => T): Promise<T>
}

/**
 * The one lock for writing that a database has, as one process sees it.
 *
 * Whatever waits for it leaves the thread to others, since one of them may be the transaction that holds it.
 */
export function createLock() {
  const gate = createGate(1)
  const waiting = new Set<Promise<unknown>>()
  const sleepers = new Set<() => void>()
  let isHeldHere = false

  /** For so long, or until the transaction that is open here has ended. The process must not end meanwhile. */
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      sleepers.add(wake)
    })

  async function insist<T>(attempt: () => T | Promise<T>, isHolder = false): Promise<T> {
    const since = performance.now()
    for (;;) {
      try {
        return await attempt()
      } catch (cause) {
        if (!isBusy(cause)) throw cause
        const left = since + mostMilliseconds - performance.now()
        if (left <= 0) {
          const detail = `the database was locked by others for ${mostMilliseconds / 1000} s`
          throw new IdempotencyError('store_unavailable', { detail, cause })
        }
        await sleep(isHeldHere && !isHolder ? left : Math.min(left, soon()))
      }
    }
  }

  return {
    /** Tries until nobody is in the way, for five seconds at most. */
    insist<T>(attempt: () => T): Promise<T> {
      const outcome = insist(attempt)
      const isOver = () => void waiting.delete(outcome)
      waiting.add(outcome)
      outcome.then(isOver, isOver)
      return outcome
    },

    /** Lets one through at a time, in the order in which they came; the lock is given back when it is through. */
    inTurn<R>(pass: (turn: Turn) => Promise<R>): Promise<R> {
      const turn: Turn = {
        insist: (attempt) => insist(attempt, true),
        take: (attempt) =>
          insist(async () => {
            // What waits already goes first: it takes no time, and it may be what the holder will wait for.
            while (waiting.size > 0) await Promise.allSettled(waiting)
            attempt()
            isHeldHere = true
          }, true),
      }
      return gate(async () => {
        try {
          return await pass(turn)
        } finally {
          isHeldHere = false
          for (const wake of sleepers) wake()
        }
      })
    },
  }
}

export type Lock = ReturnType<typeof createLock>
