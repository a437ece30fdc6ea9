import type { TransactionalStore } from '../../idempotency/store'
import { type Bench, bytes, holding, type Laws, long, mint, past, short, together } from './bench'
import { claimed, completed, equal, inProgress, refuse } from './expect'

type TransactionalBench = Bench & { readonly store: TransactionalStore<unknown> }

const hasTransactions = (bench: Bench): bench is TransactionalBench =>
  typeof (bench.store as Partial<TransactionalStore<unknown>>).transaction === 'function'

const laws: Readonly<Record<string, (bench: TransactionalBench) => Promise<void>>> = {
  async 'a transaction gives what its work gives, and throws what its work throws'({ store }) {
    equal(await store.transaction(async () => 42), 42, 'what the transaction gives')
    const error = new Error('mine')
    const thrown = await store.transaction(() => Promise.reject(error)).catch((caught) => caught)
    if (thrown !== error) refuse('what the transaction throws', 'the very error that the work threw', thrown)
  },

  async 'complete in a transaction takes effect when it commits'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    await store.transaction(async (tx) => equal(await store.complete(key, token, bytes(1), long, tx), true, 'complete'))
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'a claim')
    equal(await store.complete(key, token, bytes(2), long), true, 'complete again, outside')
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'the stored result')
  },

  async 'complete in a transaction that is rolled back has not been'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    const error = new Error('rolled back')
    const rolledBack = store.transaction(async (tx) => {
      equal(await store.complete(key, token, bytes(1), long, tx), true, 'complete')
      throw error
    })
    const thrown = await rolledBack.catch((caught) => caught)
    if (thrown !== error) refuse('what the transaction throws', 'the very error that the work threw', thrown)
    inProgress(await store.claim(key, holding(mint())), long, 'a claim')
    equal(await store.release(key, token), true, 'release')
    equal(await store.claim(key, holding(mint())), claimed(2), 'the next claim')
  },

  async 'complete in a transaction is fenced as it is outside'({ store, key, pass }) {
    const [stale, holder] = [mint(), mint()]
    await store.claim(key, holding(stale, { leaseMs: short }))
    await pass(past)
    await store.claim(key, holding(holder))
    equal(await store.transaction((tx) => store.complete(key, stale, bytes(1), long, tx)), false, 'complete')
    equal(await store.claim(key, holding(holder)), claimed(2), 'a claim of the holder')
  },

  async 'a hundred transactions at once all end'({ store, key }) {
    const ends = await together(100, async (index) => {
      const [name, token] = [`${key}/${index}`, mint()]
      await store.claim(name, holding(token))
      return store.transaction((tx) => store.complete(name, token, bytes(index), long, tx))
    })
    equal(ends, Array(100).fill(true), 'the completes')
  },
}

/** The work’s writes and the completion commit together or not at all, where a store has transactions. */
export const transactions: Laws = Object.fromEntries(
  Object.entries(laws).map(([name, law]) => [
    name,
    async (bench: Bench) => {
      if (hasTransactions(bench)) await law(bench)
    },
  ]),
)
