import { fc, test } from '@fast-check/vitest'
import { createIdempotency, IdempotencyError, type IdempotencyStore, memoryStore } from 'countersign/idempotency'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** How a call of the store goes: it may take its time, and may fail before or after it took effect. */
const fate = fc.record({ delayMs: fc.nat(5000), fails: fc.constantFrom('not', 'not', 'not', 'before', 'after') })
type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never

/** One run: when it starts, how long its work takes, whether it heeds the signal or throws, what the store does meanwhile. */
const deed = fc.record({
  key: fc.constantFrom('a', 'b'),
  startMs: fc.nat(60_000),
  workMs: fc.nat(90_000),
  heeds: fc.boolean(),
  throws: fc.boolean(),
  fates: fc.array(fate, { maxLength: 8 }),
})

function faulty(store: IdempotencyStore, fates: readonly Fate[]): IdempotencyStore {
  const left = [...fates]
  const faultily =
    <Given extends unknown[], R>(call: (...given: Given) => Promise<R>) =>
    async (...given: Given): Promise<R> => {
      const { delayMs, fails } = left.shift() ?? { delayMs: 0, fails: 'not' }
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      if (fails === 'before') throw new Error('lost on the way there')
      const answer = await call(...given)
      if (fails === 'after') throw new Error('lost on the way back')
      return answer
    }
  return {
    traits: store.traits,
    claim: faultily(store.claim),
    complete: faultily(store.complete),
    release: faultily(store.release),
    extend: faultily(store.extend),
  }
}

const mine = new Error('mine')

interface Ran {
  readonly key: string
  readonly index: number
  readonly from: number
  readonly to: number
  readonly signal: AbortSignal
}

describe('whatever the store does, and however long work takes', () => {
  test.prop([fc.array(deed, { minLength: 1, maxLength: 12 })], { numRuns: 300 })('the laws of a run hold', async (deeds) => {
    const store = memoryStore()
    const ran: Ran[] = []
    const successes = new Map<string, number[]>()
    const unhandled: unknown[] = []
    const onUnhandled = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', onUnhandled)

    const run = async ({ key, startMs, workMs, heeds, throws, fates }: (typeof deeds)[number], index: number) => {
      await new Promise((resolve) => setTimeout(resolve, startMs))
      const engine = createIdempotency({ store: faulty(store, fates), leaseSeconds: 10, handlerSeconds: 40 })
      const outcome = await engine
        .run(key, async ({ signal }) => {
          const from = Date.now()
          await new Promise<void>((resolve) => {
            setTimeout(resolve, workMs)
            if (heeds) signal.addEventListener('abort', () => resolve())
          })
          ran.push({ key, index, from, to: Date.now(), signal })
          if (throws) throw mine
          return index
        })
        .catch((error: unknown) => error)
      // Nothing comes out but a result, the work's own error, or one of ours.
      if (outcome === mine || outcome instanceof IdempotencyError) return
      const { status, result } = outcome as { status: string; result: number }
      if (status === 'executed') expect(result).toBe(index)
      successes.set(key, [...(successes.get(key) ?? []), result])
    }
    const all = Promise.all(deeds.map(run))
    await vi.advanceTimersByTimeAsync(400_000)
    await all
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])

    // Whoever succeeds tells one and the same result, and it is that of work that ran.
    for (const [key, results] of successes) {
      expect(new Set(results).size).toBe(1)
      expect(ran.map(({ key: of, index }) => (of === key ? index : undefined))).toContain(results[0])
    }
    // Two at once only where the first had been told to stop, or its lease was not extended.
    for (const first of ran) {
      for (const second of ran) {
        if (first.key !== second.key || first.index === second.index || second.from < first.from || second.from >= first.to)
          continue
        const isExcused =
          first.signal.aborted || (deeds[first.index]?.fates ?? []).some(({ delayMs, fails }) => delayMs > 0 || fails !== 'not')
        expect(isExcused).toBe(true)
      }
    }
    // A key is never blocked: when all is quiet and the leases are over it can be handled, or was.
    for (const key of ['a', 'b']) {
      const { result } = await createIdempotency({ store }).run(key, () => -1)
      const known = successes.get(key)?.[0]
      if (known !== undefined) expect(result).toBe(known)
    }
  })
})
