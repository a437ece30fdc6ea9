/** Those who are under way, in no order. */
export interface Roster<Member> {
  /** Gives the way to leave. */
  join(member: Member): () => void
  isEmpty(): boolean
  /** Takes out the chosen ones and visits them; not who has left before their turn, and perhaps who joins meanwhile. */
  takeOut(isChosen: (member: Member) => boolean, visit: (member: Member) => void): void
}

interface Seat<Member> {
  readonly member: Member
  /** Where it is in the list, or -1 once it is in none. */
  at: number
}

/**
 * Makes a roster where joining and leaving take the same little time, whoever else is in it.
 *
 * Not a Set: it moves to a new table after as many changes as it has room for, and the old tables keep alive all they ever held until
 * the next full collection. Under load that cost a sixth of a delivery.
 */
export function createRoster<Member>(): Roster<Member> {
  const seats: Seat<Member>[] = []

  function leave(seat: Seat<Member>): void {
    if (seat.at < 0) return
    const last = seats.pop() as Seat<Member>
    if (last !== seat) seats[seat.at] = last
    last.at = seat.at
    seat.at = -1
  }

  return {
    join(member) {
      const seat = { member, at: seats.length }
      seats.push(seat)
      return () => leave(seat)
    },

    isEmpty: () => seats.length === 0,

    takeOut(isChosen, visit) {
      // From behind: whoever takes the place of one that leaves has been looked at.
      for (let at = seats.length - 1; at >= 0; at--) {
        const seat = seats[at]
        if (!seat || !isChosen(seat.member)) continue
        leave(seat)
        visit(seat.member)
      }
    },
  }
}
