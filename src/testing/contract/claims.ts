import { bytes, holding, type Laws, long, mint, past, short, together } from './bench'
import { claimed, completed, equal, inProgress, oneWinner } from './expect'

/** Of any number of claims at one time at most one is granted, and every one has an answer. */
export const claims: Laws = {
  async 'a fresh key is claimed once, as the first attempt'({ store, key }) {
    equal(await store.claim(key, holding(mint())), claimed(1), 'the first claim')
    inProgress(await store.claim(key, holding(mint())), long, 'the second claim')
  },

  async 'of fifty claims at once exactly one wins, for each of twenty keys, and every one has an answer'({ store, key }) {
    const races = await together(20, (race) => together(50, () => store.claim(`${key}/${race}`, holding(mint()))))
    for (const race of races) oneWinner(race, 1, 'a race')
  },

  async 'of fifty claims of what has just been forgotten exactly one wins'({ store, key, pass }) {
    const lost = { leaseMs: short, retentionMs: short }
    await together(5, (race) => store.claim(`${key}/${race}`, holding(mint(), lost)))
    await pass(past)
    const races = await together(5, (race) => together(50, () => store.claim(`${key}/${race}`, holding(mint()))))
    for (const race of races) oneWinner(race, 1, 'a race')
  },

  async 'claiming again with the same token gives the same answer'({ store, key }) {
    const token = mint()
    for (const claim of await together(10, () => store.claim(key, holding(token)))) equal(claim, claimed(1), 'a repeated claim')
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.claim(key, holding(token)), claimed(1), 'a claim repeated after another one')
    equal(await store.complete(key, token, bytes(7), long), true, 'complete')
    equal(await store.claim(key, holding(token)), completed(bytes(7)), 'the same token after complete')
  },

  async 'claiming again with the same token starts the lease anew'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    equal(await store.claim(key, holding(token)), claimed(1), 'the same token')
    await pass(past)
    inProgress(await store.claim(key, holding(mint())), long, 'another token after the first lease')
  },

  async 'claiming again with the same token after the lease is no new attempt while nobody took over'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    await pass(past)
    equal(await store.claim(key, holding(token)), claimed(1), 'the same token')
  },

  async 'after the lease exactly one of fifty takes over, as the next attempt'({ store, key, pass }) {
    await store.claim(key, holding(mint(), { leaseMs: short }))
    await pass(past)
    oneWinner(await together(50, () => store.claim(key, holding(mint()))), 2, 'the first takeover')
    const second = `${key}/again`
    for (const attempt of [1, 2, 3]) {
      const claim = await store.claim(second, holding(mint(), { leaseMs: short }))
      equal(claim, claimed(attempt), `takeover ${attempt}`)
      await pass(past)
    }
  },

  async 'its traits are told'({ store }) {
    const { durable, shared, clock } = store.traits
    const isTold = [typeof durable, typeof shared, clock === 'store' || clock === 'caller']
    equal(isTold, ['boolean', 'boolean', true], 'the types of durable and shared, and whether clock is store or caller')
  },

  async 'a store with a clock of its own does not look at the caller’s'({ store, key, turn }) {
    if (store.traits.clock !== 'store') return
    await store.claim(key, holding(mint()))
    turn(2 * long)
    inProgress(await store.claim(key, holding(mint())), long, 'a claim by a clock that is ahead')
    turn(-4 * long)
    inProgress(await store.claim(key, holding(mint())), long, 'a claim by a clock that is behind')
  },
}
