import { VerificationError } from '../core/errors'
import type { Verified } from '../signing/verify'
import { bodyHypotheses } from './body'
import type { Case, Guess, Hypothesis } from './evidence'
import type { Probe, Refusal } from './probe'
import { schemeHypotheses } from './scheme'
import { secretHypotheses } from './secret'
import { urlHypotheses } from './url'

const hypotheses: readonly Hypothesis[] = [...secretHypotheses, ...bodyHypotheses, ...urlHypotheses, ...schemeHypotheses]

/** What a search came to: the guesses under which the signature holds, or what they were not. */
export type Search =
  | { readonly guesses: readonly Guess[]; readonly request: Case; readonly verified: Verified }
  | { readonly guesses: undefined; readonly ruledOut: readonly string[]; readonly notTried: readonly string[] }

/** How many guesses of each part are tried together with those of another. */
const mostTogether = { body: 20, secret: 6, url: 6, scheme: 4 } as const

type Part = keyof typeof mostTogether

const pairsOfParts: readonly (readonly [Part, Part])[] = [
  ['secret', 'body'],
  ['url', 'body'],
  ['url', 'secret'],
  ['scheme', 'secret'],
  ['scheme', 'body'],
]

/** A longer body is not changed: each of its forms would take too long to make. */
const mostBodyBytes = 1024 * 1024

const iterate = (guesses: Iterable<Guess> | AsyncIterable<Guess>): Iterator<Guess> | AsyncIterator<Guess> =>
  Symbol.asyncIterator in guesses ? guesses[Symbol.asyncIterator]() : guesses[Symbol.iterator]()

/**
 * Looks for the changes under which the signature holds: none, each guess, then two at a time; the likeliest of each kind first.
 *
 * Where no signature could be read of the request, `refusal` says so, and nothing but another scheme can make one hold.
 */
export async function search(probe: Probe, request: Case, refusal: Refusal | undefined): Promise<Search> {
  async function tryOut(...guesses: Guess[]): Promise<Search | undefined> {
    const changed = Object.assign({}, request, ...guesses.map(({ change }) => change)) as Case
    const verified = await probe.tryOut(changed)
    return verified && { guesses, request: changed, verified }
  }

  const unchanged = refusal === undefined && (await tryOut())
  if (unchanged) return unchanged

  const isTooLong = request.body.length > mostBodyBytes
  const isReadable =
    !(refusal instanceof VerificationError) || refusal.code === 'signature_mismatch' || request.scheme.proof !== undefined
  const mayHold = ({ part }: Hypothesis) => (isReadable || part === 'scheme') && !(isTooLong && part === 'body')

  const tried: Record<Part, Guess[]> = { body: [], secret: [], url: [], scheme: [] }
  const done = new Set<Hypothesis>()
  let open = hypotheses.filter(mayHold).map((hypothesis) => ({ hypothesis, guesses: iterate(hypothesis.guesses(request)) }))
  // One of each in turn, so that a long list keeps nothing else from its first try.
  while (open.length > 0 && !probe.isSpent) {
    const left: typeof open = []
    for (const each of open) {
      const { hypothesis, guesses } = each
      if (probe.isSpent) {
        left.push(each)
        continue
      }
      const next = await guesses.next()
      if (next.done) {
        done.add(hypothesis)
        continue
      }
      left.push(each)
      const guess = next.value
      if (tried[hypothesis.part].length < mostTogether[hypothesis.part]) tried[hypothesis.part].push(guess)
      probe.charge((hypothesis.effort ?? 1) * request.body.length)
      const found = await tryOut(guess)
      if (found) return found
    }
    open = left
  }

  for (const [one, other] of pairsOfParts) {
    for (const first of tried[one]) {
      for (const second of tried[other]) {
        if (probe.isSpent) break
        const found = await tryOut(first, second)
        if (found) return found
      }
    }
  }
  const name = (of: readonly Hypothesis[]) => of.map(({ rulesOut }) => rulesOut)
  return {
    guesses: undefined,
    ruledOut: name(hypotheses.filter((hypothesis) => done.has(hypothesis))),
    notTried: name(hypotheses.filter((hypothesis) => !done.has(hypothesis))),
  }
}
