import { randomBytes, randomUUID } from 'node:crypto'
import type { IdempotencyStore } from 'countersign/idempotency'
import { median, table } from '../report'

/** Something that is done again and again; `beside` names what it is compared with. */
export interface Contender {
  readonly name: string
  act(): Promise<unknown>
}

/** What is measured beside one another on one server. */
export interface Contest {
  readonly title: string
  /** The first is what the others are compared with. */
  readonly contenders: readonly Contender[]
  readonly atOnce: number
  readonly perRound: number
  close(): Promise<unknown>
}

export const leaseMs = 30_000
export const retentionMs = 3_600_000
/** An answer as handlers give it. */
export const answer = { status: 200, body: 'x'.repeat(150) }
export const result = new TextEncoder().encode(JSON.stringify(answer))
export const freshKey = () => `github/hooks//${randomUUID()}`
export const freshToken = () => randomBytes(18).toString('base64url')

/** One event from claim to completion. */
export const cycleOf = (store: IdempotencyStore<never>) => async () => {
  const [key, token] = [freshKey(), freshToken()]
  await store.claim(key, { token, leaseMs, retentionMs })
  await store.complete(key, token, result, retentionMs)
}

/** Makes the key of an event that is done, and what its next delivery asks. */
export async function duplicateOf(store: IdempotencyStore<never>): Promise<() => Promise<unknown>> {
  const done = freshKey()
  await store.claim(done, { token: 'first', leaseMs, retentionMs })
  await store.complete(done, 'first', result, retentionMs)
  return () => store.claim(done, { token: freshToken(), leaseMs, retentionMs })
}

async function perSecond({ act }: Contender, { atOnce, perRound }: Contest): Promise<number> {
  let left = perRound
  const started = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await act()
    }),
  )
  return perRound / ((performance.now() - started) / 1000)
}

/** Lets all take turns; a ratio is the median of those within one round, since a machine is busy with other things now and then. */
export async function hold(contest: Contest, rounds: number): Promise<string> {
  const { contenders, title, atOnce } = contest
  const measured = contenders.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const rate = await perSecond(contender, contest)
      // The first round only warms up.
      if (round > 0) measured[index]?.push(rate)
    }
  }
  await contest.close()
  const base = measured[0] as number[]
  const rows = contenders.map(({ name }, index) => {
    const rates = measured[index] as number[]
    return [name, Math.round(median(rates)), median(rates.map((rate, round) => rate / (base[round] as number))).toFixed(2)]
  })
  return `**${title}**, ${atOnce} at once\n\n${table(['', 'per second', 'of the first'], rows)}`
}
