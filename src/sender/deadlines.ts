import { createRoster } from './roster'

// Kept from the start: the network keeps its own time, also where a test turns the clock.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis
const now = performance.now.bind(performance)

/** A deadline is looked at this often until it comes, and comes late by no more than the time between two looks. */
const looks = 50
const mostBetweenMs = 250

/** Ends what takes too long. */
export interface Deadlines {
  /** Acts when the time is over, which begins now; gives the way to call it off. */
  begin(act: () => void): () => void
}

/** Makes deadlines of one length that share one timer: a timer for each costs as much as the signature. */
export function createDeadlines(milliseconds: number): Deadlines {
  const roster = createRoster<{ readonly due: number; readonly act: () => void }>()
  const betweenMs = Math.min(milliseconds / looks, mostBetweenMs)
  let timer: ReturnType<typeof setTimeout> | undefined

  function look(): void {
    const time = now()
    roster.takeOut(
      ({ due }) => due <= time,
      ({ act }) => act(),
    )
    timer = roster.isEmpty() ? undefined : startTimer(look, betweenMs)
  }

  return {
    begin(act) {
      const leave = roster.join({ due: now() + milliseconds, act })
      timer ??= startTimer(look, betweenMs)
      return () => {
        leave()
        if (!roster.isEmpty()) return
        stopTimer(timer)
        timer = undefined
      }
    },
  }
}
