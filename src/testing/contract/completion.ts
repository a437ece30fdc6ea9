import { bytes, holding, type Laws, long, mint, past, short, together } from './bench'
import { claimed, completed, equal, inProgress } from './expect'

/** The first complete stays; a token that does not hold the key changes nothing. */
export const completion: Laws = {
  async 'the first complete wins, and is true again for its own token only'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    equal(await store.complete(key, token, bytes(1), long), true, 'the first complete')
    equal(await store.complete(key, token, bytes(2), long), true, 'the second complete of the same token')
    equal(await store.complete(key, mint(), bytes(3), long), false, 'a complete of another token')
    equal(await store.claim(key, holding(mint())), completed(bytes(1)), 'the stored result')
  },

  async 'complete is true again for its own token long after the lease'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    equal(await store.complete(key, token, undefined, long), true, 'the first complete')
    await pass(past)
    equal(await store.complete(key, token, bytes(2), long), true, 'the second complete of the same token')
    equal(await store.claim(key, holding(mint())), completed(undefined), 'the stored result')
  },

  async 'of twenty completes at once with one token all are true and one result stays'({ store, key }) {
    const token = mint()
    await store.claim(key, holding(token))
    const answers = await together(20, (index) => store.complete(key, token, bytes(index), long))
    equal(answers, Array(20).fill(true), 'the completes')
    const first = await store.claim(key, holding(mint()))
    equal(first.status, 'completed', 'a claim')
    equal(await store.claim(key, holding(mint())), first, 'another claim')
  },

  async 'a complete that comes again keeps neither more nor less long'({ store, key, pass }) {
    const [brief, lasting] = [mint(), mint()]
    await store.claim(`${key}/brief`, holding(brief))
    await store.claim(`${key}/lasting`, holding(lasting))
    await store.complete(`${key}/brief`, brief, undefined, short)
    await store.complete(`${key}/brief`, brief, undefined, long)
    await store.complete(`${key}/lasting`, lasting, undefined, long)
    await store.complete(`${key}/lasting`, lasting, undefined, short)
    await pass(past)
    equal(await store.claim(`${key}/brief`, holding(mint())), claimed(1), 'a claim of what was first completed for a short time')
    equal(await store.claim(`${key}/lasting`, holding(mint())), completed(undefined), 'a claim of what was for a long time')
  },

  async 'a token that never claimed changes nothing'({ store, key }) {
    const token = mint()
    equal(await store.complete(key, token, bytes(1), long), false, 'complete of an unknown key')
    equal(await store.extend(key, token, long), false, 'extend of an unknown key')
    equal(await store.release(key, token), false, 'release of an unknown key')
    equal(await store.claim(key, holding(mint())), claimed(1), 'the first claim')
  },

  async 'a stale token changes nothing'({ store, key, pass }) {
    const [stale, holder] = [mint(), mint()]
    await store.claim(key, holding(stale, { leaseMs: short }))
    await pass(past)
    equal(await store.claim(key, holding(holder)), claimed(2), 'the takeover')
    const change = async (what: string) => {
      equal(await store.complete(key, stale, bytes(9), 8 * long), false, `complete of what is ${what}`)
      equal(await store.extend(key, stale, 8 * long), false, `extend of what is ${what}`)
      equal(await store.release(key, stale), false, `release of what is ${what}`)
      equal(await store.release(key, stale, { retryAfterMs: 8 * long }), false, `delayed release of what is ${what}`)
    }
    await change('held by another')
    inProgress(await store.claim(key, holding(stale)), long, 'a claim with the stale token')
    equal(await store.claim(key, holding(holder)), claimed(2), 'a claim of the holder')
    equal(await store.complete(key, holder, bytes(1), long), true, 'complete of the holder')
    await change('completed')
    equal(await store.claim(key, holding(stale)), completed(bytes(1)), 'the stored result')
  },

  async 'a late complete that nobody took over is accepted'({ store, key, pass }) {
    const token = mint()
    await store.claim(key, holding(token, { leaseMs: short }))
    await pass(past)
    equal(await store.complete(key, token, bytes(5), long), true, 'the late complete')
    equal(await store.claim(key, holding(mint())), completed(bytes(5)), 'a claim')
  },

  async 'of a late complete and takeovers at once one side wins'({ store, key, pass }) {
    const tokens = Array.from({ length: 10 }, mint)
    for (const [race, token] of tokens.entries()) await store.claim(`${key}/${race}`, holding(token, { leaseMs: short }))
    await pass(past)
    await Promise.all(
      tokens.map(async (token, race) => {
        const name = `${key}/${race}`
        const claim = () => store.claim(name, holding(mint()))
        const [before, isDone, after] = await Promise.all([
          // Who is asked first is different from key to key.
          together(race % 2 ? 10 : 0, claim),
          store.complete(name, token, bytes(1), long),
          together(10, claim),
        ])
        const wins = [...before, ...after].filter(({ status }) => status === 'claimed').length
        equal([isDone, wins], [isDone, isDone ? 0 : 1], 'whether the late complete was accepted, and how many took over')
        const kept = await store.claim(name, holding(mint()))
        equal(kept.status, isDone ? 'completed' : 'in_progress', 'a claim after the race')
      }),
    )
  },
}
