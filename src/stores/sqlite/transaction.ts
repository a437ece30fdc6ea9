import { after } from '../../idempotency/timers'
import { type Database, impatiently, isInTransaction } from './client'
import type { Lock } from './lock'

/**
 * Runs the work in a transaction on a connection of its own.
 *
 * It is closed afterwards, so that nothing which the work still does then can become part of another transaction.
 */
export function transact<Connection extends Database, R>(
  lock: Lock,
  open: () => Connection,
  work: (connection: Connection) => Promise<R>,
  mostSeconds: number,
): Promise<R> {
  return lock.inTurn(async ({ take, insist }) => {
    const database = await insist(open)
    const send = (sql: string) => impatiently(database, () => database.exec(sql))
    try {
      await take(() => send('BEGIN IMMEDIATE'))
      const result = await within(mostSeconds, () => work(database))
      if (!isInTransaction(database)) throw new Error('The transaction was over before its work: a statement in it ended it.')
      // With another journal than WAL, readers are in the way.
      await insist(() => send('COMMIT'))
      return result
    } catch (error) {
      quietly(() => database.exec('ROLLBACK'))
      throw error
    } finally {
      quietly(() => database.close())
    }
  })
}

/** What went wrong first is what matters, and what is committed is committed. */
function quietly(act: () => unknown): void {
  try {
    act()
  } catch {}
}

/** Nobody else can write meanwhile, in any process: work that hangs must not hang them all. */
async function within<R>(seconds: number, work: () => Promise<R>): Promise<R> {
  let cancel = () => {}
  const timeUp = new Promise<never>((_, reject) => {
    const error = new Error(
      `The transaction was rolled back after ${seconds} s: nobody else could write to the database meanwhile.`,
    )
    cancel = after(seconds * 1000, () => reject(error))
  })
  try {
    return await Promise.race([work(), timeUp])
  } finally {
    cancel()
  }
}
