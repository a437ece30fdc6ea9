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
  const acts = new Set<() => void>()
  let isClosed = false
  return {
    of: (signal) => ({
      get isOver() {
        return isClosed || signal?.aborted === true
      },
      onOver(act) {
        // Another act than anyone else's, though the function be the same.
        const own = () => act()
        acts.add(own)
        signal?.addEventListener('abort', own, { once: true })
        return () => {
          acts.delete(own)
          signal?.removeEventListener('abort', own)
        }
      },
    }),
    endAll() {
      isClosed = true
      for (const act of acts) act()
    },
  }
}
