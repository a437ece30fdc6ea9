import { awkwardTexts } from './awkward'
import { bytes, holding, type Laws, long, mint, past, short } from './bench'
import { claimed, completed, equal, inProgress, mismatch, show } from './expect'

/** What a key stands for is compared wherever it is known, and only there. */
export const fingerprints: Laws = {
  async 'another fingerprint is a mismatch, held or free, in progress and completed'({ store, key, pass }) {
    const token = mint()
    const other = () => store.claim(key, holding(mint(), { fingerprint: 'b' }))
    const same = () => store.claim(key, holding(mint(), { fingerprint: 'a' }))
    await store.claim(key, holding(token, { fingerprint: 'a', leaseMs: short }))
    equal(await other(), mismatch, 'in progress')
    await pass(past)
    equal(await other(), mismatch, 'after the lease')
    equal(await same(), claimed(2), 'the same fingerprint after the lease')
    inProgress(await same(), long, 'the same fingerprint in progress')
    equal(await other(), mismatch, 'after a takeover')
    const done = `${key}/done`
    await store.claim(done, holding(token, { fingerprint: 'a' }))
    await store.complete(done, token, bytes(1), long)
    equal(await store.claim(done, holding(mint(), { fingerprint: 'b' })), mismatch, 'completed')
    equal(await store.claim(done, holding(mint(), { fingerprint: 'a' })), completed(bytes(1)), 'completed, the same fingerprint')
  },

  async 'a fingerprint outlives a release'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token, { fingerprint: 'a' }))
    await store.release(key, token)
    equal(await store.claim(key, holding(mint(), { fingerprint: 'b' })), mismatch, 'another fingerprint')
    equal(await store.claim(key, holding(mint())), claimed(2), 'none')
    equal(await store.claim(key, holding(mint(), { fingerprint: 'b' })), mismatch, 'another fingerprint after none')
  },

  async 'no fingerprint never mismatches'({ store, key }) {
    const [first, second] = [mint(), mint()]
    await store.claim(key, holding(first, { fingerprint: 'a' }))
    inProgress(await store.claim(key, holding(mint())), long, 'none after one')
    await store.complete(key, first, bytes(1), long)
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'none after one, completed')
    const other = `${key}/other`
    await store.claim(other, holding(second))
    inProgress(await store.claim(other, holding(mint(), { fingerprint: 'a' })), long, 'one after none')
    await store.release(other, second)
    equal(await store.claim(other, holding(mint(), { fingerprint: 'a' })), claimed(2), 'one after none, released')
    equal(await store.claim(other, holding(mint(), { fingerprint: 'b' })), mismatch, 'another after that')
    const done = `${key}/done`
    await store.claim(done, holding(first))
    await store.complete(done, first, bytes(2), long)
    equal(await store.claim(done, holding(mint(), { fingerprint: 'a' })), completed(bytes(2)), 'one after none, completed')
  },

  async 'fingerprints are kept apart'({ store, key }) {
    for (const [index, fingerprint] of awkwardTexts.entries()) {
      const name = `${key}/${index}`
      await store.claim(name, holding(mint(), { fingerprint }))
      const other = awkwardTexts.at(index - 1)
      equal(
        await store.claim(name, holding(mint(), { fingerprint: other })),
        mismatch,
        `${show(other)} after ${show(fingerprint)}`,
      )
      inProgress(await store.claim(name, holding(mint(), { fingerprint })), long, `${show(fingerprint)} again`)
    }
  },
}
