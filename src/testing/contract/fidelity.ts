import { utf8 } from '../../core/bytes'
import { alikeTokens, awkwardTexts, impossibleKeys } from './awkward'
import { bytes, holding, type Laws, long, mint, past, short } from './bench'
import { claimed, completed, equal, inProgress, refuse, show } from './expect'

/** Long enough to ask for every key on a busy machine. */
const unhurried = 40_000

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
const noise = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 31) % 251)

/** Keys, tokens and results come back to the byte. */
export const fidelity: Laws = {
  async 'results come back to the byte'({ store, key, maxResultBytes }) {
    const texts = ['undefined', 'null', '', '""', '\\x00', '{"a":1}', 'ä\u{1F511}', '\uFEFFa', 'dGV4dA=='].map(utf8)
    const odd = [bytes(0), bytes(0, 0, 0), bytes(255), bytes(0xc3, 0x28), everyByte]
    for (const [index, result] of [undefined, bytes(), ...texts, ...odd, noise(maxResultBytes)].entries()) {
      const [name, token] = [`${key}/${index}`, mint()]
      await store.claim(name, holding(token))
      equal(await store.complete(name, token, result, long), true, `complete with ${show(result)}`)
      const claim = await store.claim(name, holding(mint()))
      equal(claim, completed(result), `result ${index}`)
      if (claim.status !== 'completed' || claim.result === undefined) continue
      const kind = Object.getPrototypeOf(claim.result)?.constructor?.name
      if (kind !== 'Uint8Array') refuse(`the kind of result ${index}`, 'Uint8Array', kind)
    }
  },

  async 'results are copied in and out'({ store, key }) {
    const token = mint()
    const result = bytes(1, 2, 3)
    await store.claim(key, holding(token))
    await store.complete(key, token, result.subarray(1), long)
    result.fill(9)
    const first = await store.claim(key, holding(mint()))
    equal(first, completed(bytes(2, 3)), 'what was changed after complete')
    if (first.status === 'completed') first.result?.fill(8)
    equal(await store.claim(key, holding(mint())), completed(bytes(2, 3)), 'what was changed after a claim')
  },

  async 'keys are kept apart'({ store, pass }) {
    // Used as they are, and so for a short time only: stores may share what is behind them.
    const held = awkwardTexts.map((key) => ({ key, token: mint() }))
    const hold = async (retentionMs: number) => {
      for (const { key, token } of held) equal(await store.claim(key, holding(token)), claimed(1), `a claim of ${show(key)}`)
      for (const { key, token } of held) {
        equal(await store.complete(key, token, utf8(key), retentionMs), true, `complete of ${show(key)}`)
      }
    }
    await hold(short)
    await pass(past)
    await hold(unhurried)
    for (const { key } of held) equal(await store.claim(key, holding(mint())), completed(utf8(key)), `the result of ${show(key)}`)
  },

  async 'keys that cannot be kept apart are refused'({ store }) {
    for (const key of impossibleKeys) {
      const claim = await store.claim(key as string, holding(mint())).catch((error) => error)
      equal(claim?.code, 'invalid_option', `the code of the error for a claim of ${show(key)}`)
    }
  },

  async 'tokens are kept apart'({ store, key }) {
    for (const [index, [token, other]] of alikeTokens.entries()) {
      const [name, what] = [`${key}/${index}`, `of ${show(other)} where ${show(token)} holds`]
      equal(await store.claim(name, holding(token)), claimed(1), `a claim of ${show(token)}`)
      inProgress(await store.claim(name, holding(other)), long, `a claim ${what}`)
      equal(await store.extend(name, other, long), false, `extend ${what}`)
      equal(await store.release(name, other), false, `release ${what}`)
      equal(await store.complete(name, other, undefined, long), false, `complete ${what}`)
      equal(await store.complete(name, token, undefined, long), true, `complete of ${show(token)}`)
      equal(await store.complete(name, other, undefined, long), false, `complete ${what}, again`)
    }
  },
}
