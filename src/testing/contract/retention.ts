import { bytes, holding, type Laws, long, mint, past, short, together } from './bench'
import { claimed, completed, equal, inProgress, refuse } from './expect'
import { agrees } from './model'

/** Long enough for a few calls on a busy machine, where something has to happen before it ends. */
const unhurried = 1000

/** A key is remembered for its retention and then as if it had never been. */
export const retention: Laws = {
  async 'after the retention a completed key is fresh, and its token is fenced'({ store, key, pass }) {
    const [old, fresh] = [mint(), mint()]
    await store.claim(key, holding(old, { fingerprint: 'a' }))
    await store.complete(key, old, bytes(1), short)
    await pass(past)
    equal(await store.complete(key, old, bytes(2), long), false, 'complete of the old token')
    equal(await store.claim(key, holding(fresh, { fingerprint: 'b' })), claimed(1), 'a claim')
    equal(await store.complete(key, old, bytes(2), long), false, 'complete of the old token, held by another')
    equal(await store.extend(key, old, long), false, 'extend of the old token')
    equal(await store.release(key, old), false, 'release of the old token')
    equal(await store.complete(key, fresh, undefined, long), true, 'complete of the new token')
    equal(await store.claim(key, holding(mint(), { fingerprint: 'b' })), completed(undefined), 'the old result is gone')
  },

  async 'after the retention a key that was never completed is fresh, and its token is fenced'({ store, key, pass }) {
    const old = mint()
    const brief = { leaseMs: short, retentionMs: short }
    await store.claim(key, holding(old, { ...brief, fingerprint: 'a' }))
    await store.claim(`${key}/released`, holding(old, brief))
    await store.release(`${key}/released`, old)
    await pass(past)
    equal(await store.extend(key, old, long), false, 'extend of the old token')
    equal(await store.release(key, old), false, 'release of the old token')
    equal(await store.complete(key, old, bytes(1), long), false, 'complete of the old token')
    equal(await store.claim(key, holding(mint(), { fingerprint: 'b' })), claimed(1), 'a claim')
    equal(await store.claim(`${key}/released`, holding(mint())), claimed(1), 'a claim of a released key')
  },

  async 'retention counts from complete'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short, retentionMs: unhurried }))
    equal(await store.complete(key, token, bytes(1), long), true, 'complete')
    await pass(unhurried + short)
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'a claim')
  },

  async 'a result may go sooner than its key, which stays completed'({ store, key, pass, dropsResults }) {
    const token = mint()
    await store.claim(key, holding(token))
    await store.claim(`${key}/whole`, holding(token))
    equal(await store.complete(key, token, bytes(1), 2 * long, undefined, unhurried), true, 'complete')
    equal(await store.complete(`${key}/whole`, token, bytes(2), long, undefined, 2 * long), true, 'complete with a longer result')
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'a claim before')
    await pass(unhurried + short)
    const left = await store.claim(key, holding(mint()))
    if (dropsResults) equal(left, completed(undefined), 'a claim after')
    else if (!agrees(completed(undefined), left)) equal(left, completed(bytes(1)), 'a claim after')
    await store.sweep?.(100)
    equal(await store.complete(key, token, bytes(3), long), true, 'complete again')
    equal(await store.claim(key, holding(mint())), left, 'a claim after a sweep and another complete')
    equal(await store.claim(`${key}/whole`, holding(mint())), completed(bytes(2)), 'a result that is kept as long as its key')
  },

  async 'sweep removes at most so many, and nothing that is remembered'({ store, key, pass }) {
    if (!store.sweep) return
    // What other laws left.
    for (let rounds = 0; rounds < 100 && (await store.sweep(10_000)) > 0; rounds++);
    const [live, done, released] = [mint(), mint(), mint()]
    await store.claim(`${key}/live`, holding(live))
    await store.claim(`${key}/done`, holding(done))
    await store.complete(`${key}/done`, done, bytes(1), long)
    await store.claim(`${key}/released`, holding(released))
    await store.release(`${key}/released`, released)
    await store.claim(`${key}/lapsed`, holding(mint(), { leaseMs: short }))
    await together(25, async (index) => {
      const token = mint()
      await store.claim(`${key}/old/${index}`, holding(token, { leaseMs: short, retentionMs: short }))
      if (index % 2) await store.complete(`${key}/old/${index}`, token, bytes(1), short)
    })
    await pass(past)
    equal(await store.sweep(0), 0, 'a sweep of none')
    equal(await store.sweep(10), 10, 'a first sweep of ten')
    const sweeps = await together(3, () => store.sweep?.(10) ?? Promise.resolve(0))
    if (sweeps.some((count) => count > 10)) refuse('three sweeps at once', 'at most 10 each', sweeps)
    const all = sweeps.reduce((sum, count) => sum + count, await store.sweep(100))
    equal(all, 15, 'the other sweeps together')
    inProgress(await store.claim(`${key}/live`, holding(mint())), long, 'what is held')
    equal(await store.claim(`${key}/done`, holding(mint())), completed(bytes(1)), 'what is completed')
    equal(await store.claim(`${key}/released`, holding(mint())), claimed(2), 'what is released')
    equal(await store.claim(`${key}/lapsed`, holding(mint())), claimed(2), 'what was held until its lease ended')
    equal(await store.claim(`${key}/old/0`, holding(mint())), claimed(1), 'what was swept')
  },
}
