import { completeKey, giveBack, type Hold } from './claim'
import type { Codec } from './codec'
import { IdempotencyError } from './errors'
import { contextOf, holdLease } from './lease'

/** What work is given that runs outside a transaction of the store. */
export interface WorkContext<Tx = unknown> {
  /** Aborts when the key is lost to another run, or when `handlerSeconds` are over. */
  readonly signal: AbortSignal
  /** Which try this is, from 1. */
  readonly attempt: number
  /**
   * Completes the key inside a transaction of your own, so that it takes effect when that commits; call it last.
   *
   * Later runs are replayed no result, since there is none yet. Throws `fenced` when another run has the key: roll back.
   */
  complete(tx: Tx): Promise<void>
}

/** How something ended: told apart by which field is there, since anything at all can be thrown. */
export type Ending<R> = { readonly result: R } | { readonly error: unknown }

/** Runs the work while the lease is extended, then completes the key; gives it back where the work throws. */
export async function runWork<R>(hold: Hold, work: (context: WorkContext) => R | PromiseLike<R>, codec: Codec<R>): Promise<R> {
  const lease = holdLease(hold)

  async function complete(tx: unknown) {
    // An extension would wait for the row that the transaction has locked.
    await lease.pause()
    try {
      await completeKey(hold, undefined, tx)
    } catch (error) {
      if (error instanceof IdempotencyError && error.code === 'fenced') lease.lose()
      throw error
    }
  }

  async function attempt(): Promise<Ending<{ readonly value: R; readonly stored: Uint8Array | undefined }>> {
    try {
      const value = await work(contextOf(hold.attempt, { complete }, lease))
      return { result: { value, stored: codec.encode(value) } }
    } catch (error) {
      return { error }
    }
  }

  try {
    const ending = await attempt()
    await lease.pause()
    if (lease.isLost()) throw new IdempotencyError('fenced', 'error' in ending ? { cause: ending.error } : {})
    if ('error' in ending) {
      await giveBack(hold)
      throw ending.error
    }
    await completeKey(hold, ending.result.stored)
    return ending.result.value
  } finally {
    lease.end()
  }
}
