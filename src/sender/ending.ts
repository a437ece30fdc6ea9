import { createRoster } from './roster'

/** What may end work early: the caller's signal, or the sender's `close`. */
export interface Ending {
  /** Whether it has come. */
  readonly isOver: boolean
  /** Acts when it comes, not if it has; gives the way to call it off. */
  onOver(act: () => void): () => void
}

/** The endings of all that one sender has under way. */
export interface Endings {
  /** The ending of one call. */
  of(signal?: AbortSignal): Ending
  /** Ends all of them, now and to come. */
  endAll(): void
}

/** Makes the endings of one sender. */
export function createEndings(): Endings {
  // Not one more signal: an EventTarget walks all its listeners to add one.
  const roster = createRoster<() => void>()
  let isClosed = false
  const ending = (signal?: AbortSignal): Ending => ({
    get isOver() {
      return isClosed || signal?.aborted === true
    },
    onOver(act) {
      const leave = roster.join(act)
      if (!signal) return leave
      // Another act than anyone else's, though the function be the same.
      const own = () => act()
      signal.addEventListener('abort', own, { once: true })
      return () => {
        leave()
        signal.removeEventListener('abort', own)
      }
    },
  })
  const withoutSignal = ending()

  return {
    of: (signal) => (signal ? ending(signal) : withoutSignal),
    endAll() {
      isClosed = true
      roster.takeOut(
        () => true,
        (act) => act(),
      )
    },
  }
}
