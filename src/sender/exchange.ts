import { createDeadlines } from './deadlines'
import type { Ending } from './ending'
import type { Outcome } from './outcome'

/** An exchange under way: it comes to the first that is said of it, and what is said later is not heard. */
export interface Exchange {
  settle(outcome: Outcome): void
  /** Ends it from our side. */
  cut(outcome: Outcome): void
}

/** Begins an exchange, and gives the way to end it from our side. */
export type Begin = (exchange: Exchange) => () => void

/** Runs exchanges, each until its deadline or its caller’s ending. Never rejects. */
export type RunExchange = (ending: Ending, begin: Begin) => Promise<Outcome>

/** Makes what runs the exchanges of one transport. */
export function exchangesWithin(timeoutSeconds: number, outcomeOf: (error: unknown) => Outcome): RunExchange {
  const deadlines = createDeadlines(timeoutSeconds * 1000)

  return (ending, begin) =>
    new Promise((resolve) => {
      let abandon: (() => void) | undefined
      let isSettled = false
      const settle = (outcome: Outcome) => {
        if (isSettled) return
        isSettled = true
        callOffDeadline()
        callOffEnding()
        resolve(outcome)
      }
      const cut = (outcome: Outcome) => {
        settle(outcome)
        abandon?.()
      }
      const callOffDeadline = deadlines.begin(() => cut({ kind: 'timeout' }))
      const callOffEnding = ending.onOver(() => cut({ kind: 'aborted' }))
      try {
        abandon = begin({ settle, cut })
      } catch (error) {
        settle(outcomeOf(error))
      }
    })
}
