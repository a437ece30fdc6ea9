import { lazily } from '../core/lazy'
import { ask } from './ask'
import type { Hold } from './claim'
import { IdempotencyError } from './errors'
import { after, every } from './timers'

/** Keeps a claim alive while its work runs. */
export interface Lease {
  /** Aborts when the lease is lost, or the time of the work is over; made when somebody asks for it. */
  signal(): AbortSignal
  /** Whether another run has the key. */
  isLost(): boolean
  /** Stops extending; resolves when the last extension has settled. */
  pause(): Promise<void>
  /** The time of the work begins now, and is over at the latest when the lease ends, since nothing extends it any more. */
  runOut(): void
  /** The key was found to be another's. */
  lose(): void
  /** Leaves no timer behind. */
  end(): void
}

const contextWithSignal = /* @__PURE__ */ lazily(() => ({ attempt: 0 }), { signal: (lease: Lease) => lease.signal() })

/** What work is given: which try this is, the signal of its lease, and how to complete or the transaction. */
export const contextOf = <More extends object>(attempt: number, more: More, lease: Lease) =>
  Object.assign(contextWithSignal(lease), { attempt }, more)

const timeUp = () => new DOMException('The time of the handler is over.', 'TimeoutError')

/** Extends the lease every third of it until `handlerMs`. Only `false` of the store ends it: one that fails may be back soon. */
export function holdLease({ store, key, token, times: { leaseMs, handlerMs }, since }: Hold): Lease {
  let controller: AbortController | undefined
  let reason: unknown
  let renewedAt = since
  let isLost = false
  let extension: Promise<void> | undefined

  async function extend() {
    const askedAt = performance.now()
    try {
      const answer: unknown = await ask(() => store.extend(key, token, leaseMs))
      if (answer === true) renewedAt = askedAt
      if (answer === false) lose()
    } catch {}
  }

  const stopExtending = every(leaseMs / 3, () => {
    extension ??= extend().finally(() => {
      extension = undefined
    })
  })

  const timeOver = () => {
    stopExtending()
    abort(timeUp())
  }

  function abort(why: unknown) {
    reason ??= why
    controller?.abort(reason)
  }
  let stopWaiting = after(handlerMs, timeOver)

  function lose() {
    isLost = true
    end()
    abort(new IdempotencyError('fenced'))
  }

  function end() {
    stopExtending()
    stopWaiting()
  }

  return {
    // Most work is over before it could abort, and never asks.
    signal() {
      controller ??= new AbortController()
      if (reason !== undefined) controller.abort(reason)
      return controller.signal
    },
    isLost: () => isLost,
    async pause() {
      stopExtending()
      await extension
    },
    runOut() {
      stopWaiting()
      stopWaiting = after(Math.max(0, Math.min(handlerMs, renewedAt + leaseMs - performance.now())), timeOver)
    },
    lose,
    end,
  }
}
