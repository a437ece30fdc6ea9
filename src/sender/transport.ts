import type { Ending } from './ending'
import type { Outcome } from './outcome'

/** One POST. */
export interface Post {
  readonly url: URL
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly ending: Ending
}

/** Makes one HTTP exchange and never rejects. */
export interface Transport {
  post(post: Post): Promise<Outcome>
  /** Ends every connection. */
  close(): void
}

/** The largest head of an answer, where the transport lets us say. */
export const mostHeaderBytes = 16 * 1024

// Kept from the start: the network keeps its own time, also where a test turns the clock.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis

/** Runs an exchange that a signal ends, until its deadline or its caller's ending. */
export function exchange(
  ending: Ending,
  timeoutSeconds: number,
  run: (signal: AbortSignal) => Promise<Outcome>,
  outcomeOf: (error: unknown) => Outcome,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const controller = new AbortController()
    const settle = (outcome: Outcome) => {
      stopTimer(deadline)
      callOff()
      resolve(outcome)
    }
    const cut = (outcome: Outcome) => {
      settle(outcome)
      controller.abort()
    }
    const deadline = startTimer(() => cut({ kind: 'timeout' }), timeoutSeconds * 1000)
    const callOff = ending.onOver(() => cut({ kind: 'aborted' }))
    run(controller.signal).then(settle, (error) => settle(outcomeOf(error)))
  })
}
