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

/** One gate for a pool, also when several stores share it. */
const gates = new WeakMap<object, Gate>()

/** Leaves one connection for claims, which would else wait for transactions that wait for nothing but their turn. */
export function gateOf(pool: object, connections: number): Gate {
  const gate = gates.get(pool) ?? createGate(Math.max(1, connections - 1))
  gates.set(pool, gate)
  return gate
}
