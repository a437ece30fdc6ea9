/** Lets at most so many through at once; the others wait in the order in which they came. */
export type Gate = <R>(pass: () => Promise<R>) => Promise<R>

/** Makes a gate of that width. */
export function createGate(width: number): Gate {
  const waiting: (() => void)[] = []
  let free = width

  return async (pass) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await pass()
    } finally {
      // The place is handed on, so that nobody who comes now is quicker.
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
