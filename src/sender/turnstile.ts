/** Lets so many in at a time for each name, and tells the others when to come back. */
export interface Turnstile {
  /** The way to leave, or the seconds after which there should be room. */
  enter(name: string): (() => void) | number
}

interface Lane {
  inside: number
  /** When everyone who was turned away so far should have been in. */
  freeAt: number
  /** How long the last one stayed. */
  stayMs: number
}

/** What a stay is taken for until one has ended. */
const guessedStayMs = 100
const shortestMs = 100
const longestMs = 60_000

/**
 * Makes a turnstile. Whoever is turned away is given a time of their own, by how long a stay lasts: a queue that can only put a job off
 * would else look at a thousand of them again and again for one endpoint that does not answer.
 */
export function createTurnstile(mostInside: number, random: () => number): Turnstile {
  const lanes = new Map<string, Lane>()

  return {
    enter(name) {
      const now = performance.now()
      const lane = lanes.get(name) ?? { inside: 0, freeAt: now, stayMs: guessedStayMs }
      if (lane.inside >= mostInside) {
        lane.freeAt = Math.min(Math.max(lane.freeAt, now) + lane.stayMs / mostInside, now + longestMs)
        // Not all at one time, where the end of the queue is out of sight.
        return (Math.max(lane.freeAt - now, shortestMs) * (0.75 + random() / 2)) / 1000
      }
      lane.inside++
      lanes.set(name, lane)
      return () => {
        lane.stayMs = performance.now() - now
        if (--lane.inside === 0) lanes.delete(name)
      }
    },
  }
}
