import { bytes, holding, type Laws, long, mint, past, short, together, wait } from './bench'
import { BrokenLaw, show } from './expect'
import { type Answer, agrees, type Command, describeCommand, type Known, send, step } from './model'
import { type Random, randomFrom } from './random'

/** A command, what came of it, and when it was asked and answered. */
interface Call {
  readonly command: Command
  readonly answer: Answer
  readonly began: number
  readonly ended: number
}

const rounds = 40
const clients = 4
const calls = 3

/** Whether the answers could have been given by one call after another, each at some moment between its question and its answer. */
export function isLinearizable(start: Known | undefined, history: readonly Call[]): boolean {
  const seen = new Set<string>()
  function canEnd(known: Known | undefined, left: readonly Call[]): boolean {
    if (left.length === 0) return true
    const situation = `${left.map(({ began }) => began)} ${show(known)}`
    if (seen.has(situation)) return false
    seen.add(situation)
    const firstEnd = Math.min(...left.map(({ ended }) => ended))
    return left.some((call) => {
      if (call.began > firstEnd) return false
      const { answer, known: next } = step(known, call.command, 0)
      const rest = left.filter((other) => other !== call)
      return agrees(answer, call.answer) && canEnd(next, rest)
    })
  }
  return canEnd(start, history)
}

function anyCommand({ pick, below }: Random, tokens: readonly [string, ...string[]]): Command {
  const token = pick(tokens)
  return pick<() => Command>([
    () => ({ ask: 'claim', ...holding(token) }),
    () => ({ ask: 'claim', ...holding(token) }),
    () => ({ ask: 'complete', token, result: bytes(below(256)), retentionMs: long }),
    () => ({ ask: 'release', token, retryAfterMs: pick([0, long]) }),
    () => ({ ask: 'extend', token, leaseMs: long }),
  ])()
}

/** What happens at one time could have happened one after another. */
export const concurrent: Laws = {
  async 'what is asked at one time is answered as if it had been asked in some order'({ store, key, pass, seed }) {
    const random = randomFrom(seed)
    // Every other key was held by somebody whose lease has ended.
    const lost = Array.from({ length: rounds }, (_, round) => (round % 2 ? mint() : undefined))
    for (const [round, token] of lost.entries()) {
      if (token) await store.claim(`${key}/${round}`, holding(token, { leaseMs: short }))
    }
    await pass(past)
    let time = 0
    await together(rounds, async (round) => {
      const name = `${key}/${round}`
      const token = lost[round]
      const start = token === undefined ? undefined : step(undefined, { ask: 'claim', ...holding(token) }, 0).known
      const tokens: [string, ...string[]] = [token ?? mint(), mint(), mint()]
      const plans = Array.from({ length: clients }, () => Array.from({ length: calls }, () => anyCommand(random, tokens)))
      const history: Call[] = []
      await Promise.all(
        plans.map(async (plan, client) => {
          for (const command of plan) {
            const began = ++time
            const answer = await send(store, name, command)
            history.push({ command, answer, began, ended: ++time })
            if (client % 2) await wait(0)
          }
        }),
      )
      if (isLinearizable(start && { ...start, freeAt: 0 }, history)) return
      const told = history.map(
        ({ command, answer, began, ended }) => `  from ${began} to ${ended}: ${describeCommand(command)} gave ${show(answer)}`,
      )
      throw new BrokenLaw(`expected an order in which these answers are right (seed ${seed}), got none:\n${told.join('\n')}`)
    })
  },
}
