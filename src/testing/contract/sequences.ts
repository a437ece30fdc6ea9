import { type Bench, bytes, holding, type Laws, long, mint, past, short } from './bench'
import { BrokenLaw, show } from './expect'
import { type Answer, agrees, type Command, describeCommand, type Known, send, step } from './model'
import { type Random, randomFrom } from './random'

type Move = Command | { readonly ask: 'pass'; readonly milliseconds: number }

/** The moves up to the one whose answer was not that of the laws. */
interface Failure {
  readonly moves: readonly Move[]
  readonly expected: Answer
  readonly actual: unknown
}

const sequences = 40
const length = 25
const shrinkingMs = 5000

/** Who takes part: a token always comes with the same fingerprint. */
const fingerprints = { A: undefined, B: 'b', C: 'c' }

function anyMove({ pick, below }: Random, isTurned: boolean): Move {
  const token = pick(['A', 'B', 'C'])
  const fingerprint = fingerprints[token]
  const ms = () => pick([short, long])
  const claim = (): Move => ({ ask: 'claim', token, fingerprint, leaseMs: ms(), retentionMs: pick([short, 2 * long, 2 * long]) })
  return pick<() => Move>([
    claim,
    claim,
    claim,
    () => ({ ask: 'complete', token, result: pick([undefined, bytes(below(256))]), retentionMs: ms() }),
    () => ({ ask: 'release', token, retryAfterMs: pick([0, 0, short, long]) }),
    () => ({ ask: 'extend', token, leaseMs: ms() }),
    () => ({ ask: 'pass', milliseconds: isTurned ? pick([past, long + past]) : past }),
  ])()
}

/** Tries the moves on a fresh key. Deadlines fall between two moves, never upon one. */
async function play({ store, pass, isTurned }: Bench, key: string, moves: readonly Move[]): Promise<Failure | undefined> {
  let known: Known | undefined
  let now = 0
  const skip = async (milliseconds: number) => {
    await pass(milliseconds)
    now += milliseconds
  }
  for (const [index, move] of moves.entries()) {
    if (move.ask === 'pass') {
      await skip(move.milliseconds)
      continue
    }
    // On the store's own clock nobody can tell whether what ends soon has ended yet.
    const isSoon = known && [known.freeAt, known.overAt].some((end) => end > now && end <= now + past)
    if (isSoon && !isTurned()) await skip(past)
    const { answer: expected, known: next } = step(known, move, now)
    const actual: unknown = await send(store, key, { ...move, token: `${move.token} of ${key}` }).catch((error) => error)
    if (!agrees(expected, actual)) return { moves: moves.slice(0, index + 1), expected, actual }
    known = next
  }
  return undefined
}

/** Leaves out one move after the other, as long as it still fails. */
async function shrink(bench: Bench, key: string, found: Failure): Promise<Failure> {
  const until = performance.now() + shrinkingMs
  let failure = found
  for (let index = found.moves.length - 2, tries = 0; index >= 0 && performance.now() < until; tries++) {
    const fewer = await play(bench, `${key}/shrunk/${tries}`, failure.moves.toSpliced(index, 1))
    // What could not be left out before may be by now.
    index = fewer ? fewer.moves.length - 2 : index - 1
    failure = fewer ?? failure
  }
  return failure
}

const describeMove = (move: Move) => (move.ask === 'pass' ? `pass ${move.milliseconds} ms` : describeCommand(move))

/** Whatever is asked in whatever order, the store answers as the laws say. */
export const modelled: Laws = {
  async 'any sequence of commands is answered as the laws say'(bench) {
    const { store, key, seed } = bench
    await store.claim(`${key}/first`, holding(mint()))
    const isTurned = bench.isTurned()
    const random = randomFrom(seed)
    const games = Array.from({ length: sequences }, (_, game) => ({
      key: `${key}/${game}`,
      moves: Array.from({ length }, () => anyMove(random, isTurned)),
    }))
    // One clock is turned for all; those who wait can wait together.
    const failures: (Failure | undefined)[] = []
    if (isTurned) for (const { key, moves } of games) failures.push(await play(bench, key, moves))
    else failures.push(...(await Promise.all(games.map(({ key, moves }) => play(bench, key, moves)))))
    const found = failures.find((failure) => failure)
    if (!found) return
    const { moves, expected, actual } = await shrink(bench, key, found)
    const told = moves.map((move, index) => `  ${index + 1}. ${describeMove(move)}`).join('\n')
    throw new BrokenLaw(`after these moves (seed ${seed}) expected ${show(expected)}, got ${show(actual)}:\n${told}`)
  },
}
