import type { Ending } from './ending'

/** Lets so many in at a time for each name, and the others in the order they came. */
export interface Limiter {
  /** The way to leave, at once or as soon as there is a place, or undefined when it is over before there is one. */
  enter(name: string, ending: Ending): Leave | undefined | Promise<Leave | undefined>
}

/** Gives a place back; to be called once. */
export type Leave = () => void

interface Room {
  inside: number
  readonly leave: Leave
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

  function open(name: string): Room {
    const waiting = new Set<() => void>()
    const leave = () => {
      // The next one takes the place over, so that no newcomer slips in between.
      for (const admit of waiting) return admit()
      if (--room.inside === 0) rooms.delete(name)
    }
    const room = { inside: 0, waiting, leave }
    rooms.set(name, room)
    return room
  }

  return {
    enter(name, ending) {
      if (ending.isOver) return undefined
      const room = rooms.get(name) ?? open(name)
      if (room.inside >= mostInside) return queue(room.waiting, ending).then((isIn) => (isIn ? room.leave : undefined))
      room.inside++
      return room.leave
    },
  }
}
