import { ConfigurationError } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { storeContract } from 'countersign/testing'
import { describe, expect, test } from 'vitest'
import { isLinearizable } from '../../src/testing/contract/histories'
import { brokenStore } from './broken-stores'
import { type Flaw, flaws } from './flaws'

/** What the laws of that name say of a store; all of them where there is no name. */
async function judge(flaw?: Flaw, law?: string): Promise<string[]> {
  const said: string[] = []
  const laws = storeContract((clock) => brokenStore(clock, flaw), { maxResultBytes: 70_000, dropsResults: true, seed: 1 })
  for (const { name, run } of laws) {
    if (law === undefined || law === name) await run().catch((error) => said.push(error.message))
  }
  return said
}

describe('storeContract', () => {
  test('lets a plain store pass', async () => {
    expect(await judge()).toEqual([])
  })

  test.each(Object.entries(flaws) as [Flaw, string][])('finds out that %s, by its law “%s”', async (flaw, law) => {
    const [said, ...more] = await judge(flaw, law)
    expect(more).toEqual([])
    expect(said).toMatch(/: .*expected [\s\S]+ got /)
    expect(said?.startsWith(`${law}: `)).toBe(true)
  })

  test('has no law that finds nothing out, and no law twice', () => {
    const names = storeContract((clock) => brokenStore(clock)).map(({ name }) => name)
    expect([...names].sort()).toEqual([...new Set(Object.values(flaws))].sort())
  })

  test('waits for a store that does not ask for the clock, whatever its traits say', async () => {
    const laws = storeContract(() => memoryStore())
    expect(memoryStore().traits.clock).toBe('caller')
    await Promise.all(laws.map(({ run }) => run()))
  }, 60_000)

  test('names the law when there is no store at all', async () => {
    const laws = storeContract(() => Promise.reject(new Error('nobody answers')))
    for (const { name, run } of laws)
      await expect(run()).rejects.toThrow(`${name}: expected an answer, got Error: nobody answers`)
  })

  test('tells the shortest sequence that fails, and finds it again by its seed', async () => {
    const law = 'any sequence of commands is answered as the laws say'
    const [said] = await judge('a takeover forgets the fingerprint', law)
    const moves = said?.match(/^ {2}\d+\. \w+/gm)?.map((move) => move.split(' ').at(-1))
    expect(moves).toEqual(['claim', 'pass', 'claim', 'claim'])
    expect(said).toContain('(seed 1)')
    expect(await judge('a takeover forgets the fingerprint', law)).toEqual([said])
  })

  test.each([
    [() => storeContract(undefined as never), '`open`'],
    [() => storeContract('x' as never), '`open`'],
    [() => storeContract((clock) => brokenStore(clock), { maxResultBytes: -1 }), '`maxResultBytes`'],
    [() => storeContract((clock) => brokenStore(clock), { dropsResults: 1 as never }), '`dropsResults`'],
    [() => storeContract((clock) => brokenStore(clock), { seed: Number.NaN }), '`seed`'],
  ])('refuses %s', (make, name) => {
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(name)
  })
})

describe('a history', () => {
  const claim = (token: string, attempt: number | undefined, began: number, ended: number) => ({
    command: { ask: 'claim', token, leaseMs: 1000, retentionMs: 1000 } as const,
    answer: attempt ? ({ status: 'claimed', attempt } as const) : ({ status: 'in_progress', retryAfterMs: 1000 } as const),
    began,
    ended,
  })
  const release = (token: string, began: number, ended: number) => ({
    command: { ask: 'release', token, retryAfterMs: 0 } as const,
    answer: true,
    began,
    ended,
  })

  test('is right when its answers fit any order of what was asked at one time', () => {
    expect(isLinearizable(undefined, [])).toBe(true)
    expect(isLinearizable(undefined, [claim('a', 1, 1, 2), claim('b', undefined, 3, 4)])).toBe(true)
    expect(isLinearizable(undefined, [claim('a', undefined, 1, 3), claim('b', 1, 2, 4)])).toBe(true)
    expect(isLinearizable(undefined, [claim('a', 1, 1, 2), claim('b', 2, 3, 6), release('a', 4, 5)])).toBe(true)
  })

  test('is wrong when they fit none, or only one that was not', () => {
    expect(isLinearizable(undefined, [claim('a', 1, 1, 3), claim('b', 1, 2, 4)])).toBe(false)
    expect(isLinearizable(undefined, [claim('a', undefined, 1, 2), claim('b', 1, 3, 4)])).toBe(false)
    expect(isLinearizable(undefined, [claim('a', 1, 1, 2), claim('b', 2, 3, 4), release('a', 5, 6)])).toBe(false)
  })
})
