import { ask, nonsense } from './ask'
import { completeKey, giveBack, type Hold } from './claim'
import type { Codec } from './codec'
import { IdempotencyError } from './errors'
import { contextOf, holdLease } from './lease'
import type { TransactionalStore } from './store'
import type { Ending } from './work'

/** What work is given that runs inside a transaction of the store. */
export interface TransactionalWorkContext<Tx = unknown> {
  /** Aborts when the lease ends, since nothing extends it meanwhile, or when `handlerSeconds` are over. */
  readonly signal: AbortSignal
  /** Which try this is, from 1. */
  readonly attempt: number
  /** The transaction in which the key is completed: what is written through it happens exactly once. */
  readonly transaction: Tx
}

/** A claim whose store has transactions. */
export interface TransactionalHold extends Hold {
  readonly store: TransactionalStore<unknown>
}

/** Runs the work and completes the key in one transaction; where anything fails it is rolled back, and the key given back. */
export async function runInTransaction<R>(
  hold: TransactionalHold,
  work: (context: TransactionalWorkContext) => R | PromiseLike<R>,
  codec: Codec<R>,
): Promise<R> {
  // While a connection is waited for; nothing is extended once the transaction is open.
  const lease = holdLease(hold)
  let hasBegun = false
  let ending: Ending<R> | undefined

  let end!: (how: Ending<R>) => void
  const hasEnded = new Promise<void>((resolve) => {
    end = (how) => {
      ending = how
      resolve()
    }
  })

  async function begin(transaction: unknown): Promise<void> {
    await lease.pause()
    // The caller was told by now; nothing may happen any more.
    if (ending && 'error' in ending) throw ending.error
    hasBegun = true
    lease.runOut()
    try {
      const result = await work(contextOf(hold.attempt, { transaction }, lease))
      await completeKey(hold, codec.encode(result), transaction)
      end({ result })
    } catch (error) {
      end({ error })
      throw error
    }
  }

  lease.signal().addEventListener('abort', () => {
    if (hasBegun) return
    const detail = 'no transaction began in the time of the handler'
    end({ error: lease.isLost() ? new IdempotencyError('fenced') : new IdempotencyError('store_unavailable', { detail }) })
  })

  try {
    const transaction = (async () => hold.store.transaction(begin))()
    await Promise.race([hasEnded, transaction.catch(() => undefined)])
    if (ending && 'error' in ending) {
      // Rolled back first: until then the key's row may be locked.
      if (hasBegun) await ask(() => transaction).catch(() => undefined)
      throw ending.error
    }
    const fenced = await ask(() => transaction.then(() => undefined, ifFenced))
    if (fenced) throw fenced
    if (!ending) throw nonsense('transaction', undefined)
    return ending.result
  } catch (error) {
    end({ error })
    await giveBack(hold)
    throw error
  } finally {
    lease.end()
  }
}

/** Some stores learn at the commit alone that another has the key. */
function ifFenced(error: unknown): IdempotencyError {
  if (error instanceof IdempotencyError && error.code === 'fenced') return error
  throw error
}
