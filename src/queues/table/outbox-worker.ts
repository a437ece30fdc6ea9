import { randomToken } from '../../crypto/random'
import { every } from '../../idempotency/timers'
import type { OutboxPace, OutboxTask, Settlement } from '../../sender/outbox'
import { workOn } from '../loop'

/** A task that this worker holds, until its lease ends. */
export interface TakenTask extends OutboxTask {
  readonly token: string
}

/** What a worker does with the table. */
export interface OutboxShelf {
  /** At most so many in all and to each endpoint, beginning behind the one named. */
  take(token: string, limit: number, mostPerEndpoint: number, behind: string): Promise<readonly OutboxTask[]>
  extend(taken: TakenTask): Promise<unknown>
  keep(taken: TakenTask, settlement: Settlement): Promise<unknown>
  sweep(limit: number): Promise<unknown>
}

const sweepLimit = 1000

/** Gives task after task to `settle` until the signal aborts, then waits for those under way. */
export function workOnOutbox(
  shelf: OutboxShelf,
  settle: (task: OutboxTask) => Promise<Settlement>,
  pace: OutboxPace,
): Promise<void> {
  /** Where the last one left off, so that every endpoint has its turn. */
  let behind = ''

  async function take(limit: number): Promise<readonly TakenTask[]> {
    const token = randomToken()
    const tasks = await shelf.take(token, limit, pace.inFlightPerEndpoint, behind)
    const isLast = tasks.length < limit
    const isWhole = behind === ''
    behind = isLast ? '' : (tasks.at(-1)?.endpoint ?? '')
    const taken = tasks.map((task) => ({ ...task, token }))
    if (!isLast || isWhole) return taken
    // Behind the last endpoint comes the first one. What is taken by now is handed on, whatever becomes of that.
    const others = await take(limit - taken.length).catch(pace.onError)
    return [...taken, ...(others ?? [])]
  }

  async function handle(taken: TakenTask): Promise<boolean> {
    const stopExtending = every((pace.leaseSeconds * 1000) / 3, () => void shelf.extend(taken).catch(pace.onError))
    const settlement = await settle(taken)
    stopExtending()
    // Where it cannot be kept the lease ends, and the task is another's.
    await shelf.keep(taken, settlement).catch(pace.onError)
    return settlement.kind === 'fan-out'
  }

  return workOn({ take, handle, sweep: () => shelf.sweep(sweepLimit) }, pace)
}
