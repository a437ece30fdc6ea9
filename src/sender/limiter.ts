import type { Ending } from './ending'

/** Lets so many in at a time for each name, and the others in the order they came. */
export interface Limiter {
  /** The way to leave, at once or as soon as there is a place, or undefined when it is over before there is one. */
  enter(name: string, ending: Ending): Leave | undefined | Promise<Leave | undefined>
}

/** Gives a place back; to be called once. */
export type Leave = () => void

/** Somebody who waits between two others, or the door, between the last and the first. */
interface Place {
  before: Place
  behind: Place
  admit?: () => void
}

interface Room {
  inside: number
  readonly leave: Leave
  readonly door: Place
}

/**
 * Waits before a door, behind all others, until it is admitted or it is over.
 *
 * Not in a Set: it looks at everyone who left to find the first one who has not, so that a long queue takes ever longer.
 */
function queue(door: Place, ending: Ending): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = ending.onOver(() => decide(false))
    const place: Place = { before: door.before, behind: door, admit: () => decide(true) }
    place.before.behind = door.before = place
    function decide(isAdmitted: boolean) {
      callOff()
      place.before.behind = place.behind
      place.behind.before = place.before
      // One that is old would keep those behind it from being collected.
      place.before = place.behind = place
      resolve(isAdmitted)
    }
  })
}

/** Makes a limiter. It remembers a name for as long as someone is in. */
export function createLimiter(mostInside: number): Limiter {
  const rooms = new Map<string, Room>()

  function open(name: string): Room {
    const door = {} as Place
    door.before = door.behind = door
    const leave = () => {
      // The next one takes the place over, so that no newcomer slips in between.
      if (door.behind.admit) door.behind.admit()
      else if (--room.inside === 0) rooms.delete(name)
    }
    const room = { inside: 0, door, leave }
    rooms.set(name, room)
    return room
  }

  return {
    enter(name, ending) {
      if (ending.isOver) return undefined
      const room = rooms.get(name) ?? open(name)
      if (room.inside >= mostInside) return queue(room.door, ending).then((isIn) => (isIn ? room.leave : undefined))
      room.inside++
      return room.leave
    },
  }
}
