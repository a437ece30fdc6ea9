import { bytes, holding, type Laws, long, mint, past, short } from './bench'
import { claimed, completed, equal, inProgress } from './expect'

/** Long enough for a few calls on a busy machine, where something has to happen before it ends. */
const unhurried = 1000

/** A key is given back at once or after a while, and a lease is made longer. */
export const leases: Laws = {
  async 'a released key is free at once and keeps its attempts'({ store, key }) {
    for (let attempt = 1; attempt <= 5; attempt++) {
      const token = mint()
      equal(await store.claim(key, holding(token)), claimed(attempt), 'a claim')
      equal(await store.release(key, token), true, 'release')
      equal(await store.release(key, token), false, 'a second release')
      equal(await store.complete(key, token, bytes(1), long), false, 'complete after release')
      equal(await store.extend(key, token, long), false, 'extend after release')
    }
  },

  async 'release with retryAfterMs keeps the key from everyone until then'({ store, key, pass }) {
    const [first, second] = [mint(), mint()]
    await store.claim(key, holding(first))
    equal(await store.release(key, first, { retryAfterMs: long / 2 }), true, 'release')
    inProgress(await store.claim(key, holding(second)), long / 2, 'a claim before the time')
    inProgress(await store.claim(key, holding(first)), long / 2, 'a claim of the one who released')
    equal(await store.complete(key, first, bytes(1), long), false, 'complete of the one who released')
    const other = `${key}/short`
    await store.claim(other, holding(first))
    await store.release(other, first, { retryAfterMs: short })
    await pass(past)
    equal(await store.claim(other, holding(second)), claimed(2), 'a claim after the time')
  },

  async 'release after the lease still gives the key back while nobody took over'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    await pass(past)
    equal(await store.release(key, token, { retryAfterMs: long }), true, 'the late release')
    inProgress(await store.claim(key, holding(mint())), long, 'a claim before the time')
  },

  async 'release after complete does nothing'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    await store.complete(key, token, undefined, long)
    equal(await store.release(key, token), false, 'release')
    equal(await store.extend(key, token, long), false, 'extend')
    equal(await store.claim(key, holding(mint())), completed(undefined), 'a claim')
  },

  async 'an extended lease outlives the first one'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    equal(await store.extend(key, token, long), true, 'extend')
    await pass(past)
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.extend(key, token, short), true, 'a shorter extend')
    await pass(past)
    equal(await store.extend(key, token, short), true, 'extend after the lease')
    await pass(past)
    equal(await store.claim(key, holding(mint())), claimed(2), 'a claim after all leases')
    equal(await store.extend(key, token, long), false, 'extend after the takeover')
  },

  async 'a lease that is extended beyond the retention keeps the key'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short, retentionMs: unhurried }))
    equal(await store.extend(key, token, long), true, 'extend')
    await pass(unhurried + short)
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.complete(key, token, bytes(1), long), true, 'complete')
  },

  async 'a lease that is longer than the retention keeps the key'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { retentionMs: short }))
    await pass(past)
    inProgress(await store.claim(key, holding(mint())), long, 'another claim')
    equal(await store.complete(key, token, bytes(1), long), true, 'complete')
  },

  async 'the retention does not hold a key whose lease has ended'({ store, key, pass }) {
    await store.claim(key, holding(mint(), { leaseMs: short, retentionMs: 24 * long }))
    await pass(past)
    equal(await store.claim(key, holding(mint())), claimed(2), 'a claim after the lease')
  },
}
