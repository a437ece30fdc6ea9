import { describe } from '../core/options'
import { IdempotencyError } from './errors'
import { after } from './timers'

/** Senders give up after a few seconds: a store that takes longer is as good as down. */
const mostMilliseconds = 2000

/**
 * Asks a store, for two seconds at most; whatever else goes wrong than its own refusal is `store_unavailable`.
 *
 * An answer that has not come by then is given to `whenLate`, to be waited for.
 */
export function ask<T>(call: () => Promise<T>, whenLate: (answer: Promise<T>) => void = () => undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(mostMilliseconds, () => {
      reject(new IdempotencyError('store_unavailable', { detail: `no answer within ${mostMilliseconds} ms` }))
      whenLate(answer)
    })
    // Async, so that a store that throws at once is no different from one that rejects.
    const answer = (async () => call())()
    answer.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (cause) => {
        cancel()
        reject(unavailable(cause))
      },
    )
  })
}

/** What a store threw, as `store_unavailable`; its own word for it stays. */
export function unavailable(cause: unknown): IdempotencyError {
  try {
    if (cause instanceof IdempotencyError && cause.code === 'store_unavailable') return cause
    const detail = cause instanceof Error ? cause.message : describe(cause)
    return new IdempotencyError('store_unavailable', { detail, cause })
  } catch {
    // A message that is no text, or a getter or a proxy that throws: nobody would hear of it, and the caller would wait for ever.
    return new IdempotencyError('store_unavailable', { cause })
  }
}

/** What a store says that no store may say. */
export const nonsense = (method: string, answer: unknown) =>
  new IdempotencyError('store_unavailable', { detail: `\`${method}\` answered ${describe(answer)}` })
