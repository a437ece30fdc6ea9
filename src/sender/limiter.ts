import type { Ending } from './ending'

/** Lets so many in at a time for each name, and the others in the order they came. */
export interface Limiter {
  /** Resolves to the way to leave once there is a place, or to undefined when it is over before there is one. */
  enter(name: string, ending: Ending): Promise<(() => void) | undefined>
}

interface Room {
  inside: number
  /** In the order they came; a set, so that one who gives up leaves at once, however long the queue is. */
  readonly waiting: Set<() => void>
}

function queue(waiting: Room['waiting'], ending: Ending): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = ending.onOver(() => decide(false))
    const admit = () => decide(true)
    function decide(isAdmitted: boolean) {
      callOff()
      waiting.delete(admit)
      resolve(isAdmitted)
    }
    waiting.add(admit)
  })
}

/** Makes a limiter. It remembers a name for as long as someone is in. */
export function createLimiter(mostInside: number): Limiter {
  const rooms = new Map<string, Room>()

  return {
    async enter(name, ending) {
      if (ending.isOver) return undefined
      const room = rooms.get(name) ?? { inside: 0, waiting: new Set() }
      if (room.inside < mostInside) {
        room.inside++
        rooms.set(name, room)
      } else if (!(await queue(room.waiting, ending))) return undefined
      return () => {
        // The next one takes the place over, so that no newcomer slips in between.
        for (const admit of room.waiting) return admit()
        if (--room.inside === 0) rooms.delete(name)
      }
    },
  }
}
