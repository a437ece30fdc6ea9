import { expectNumber, expectOption } from '../core/options'
import type { IdempotencyStore } from '../idempotency/store'
import { type Clock, freshClock, type Laws, wait } from './contract/bench'
import { claims } from './contract/claims'
import { completion } from './contract/completion'
import { BrokenLaw, show } from './contract/expect'
import { fidelity } from './contract/fidelity'
import { fingerprints } from './contract/fingerprints'
import { concurrent } from './contract/histories'
import { leases } from './contract/leases'
import { retention } from './contract/retention'
import { modelled } from './contract/sequences'
import { transactions } from './contract/transactions'

export type { Clock }

/** Makes a store to try, on a clock that is turned; stores may share what is behind them. */
export type OpenStore = (clock: Clock) => IdempotencyStore | Promise<IdempotencyStore>

/** What `storeContract` may be told. */
export interface StoreContractOptions {
  /** The longest result that the store takes, where that is less. Default 1 MiB. */
  readonly maxResultBytes?: number
  /** Whether the store must drop results that are kept shorter than their key, which it may do. Default false. */
  readonly dropsResults?: boolean
  /** What a failure told, to try the same again. Default a new one for each run. */
  readonly seed?: number
}

/** Something that holds for every store. `run` rejects where it does not, and says what was expected and what came. */
export interface StoreLaw {
  readonly name: string
  run(): Promise<void>
}

const families: readonly Laws[] = [
  claims,
  completion,
  leases,
  retention,
  fingerprints,
  fidelity,
  modelled,
  concurrent,
  transactions,
]

/**
 * The laws of a store, to be run one after another by any test runner: `for (const { name, run } of storeContract(open)) test(name, run)`.
 *
 * Give the clock, in milliseconds, to a store whose `traits.clock` is `caller`; a store that does not ask for it is waited for, a second
 * or two a law. Laws of sweeping and of transactions hold by themselves for a store that has none. What a contract cannot do is to
 * kill processes and servers.
 */
export function storeContract(
  open: OpenStore,
  { maxResultBytes = 1024 * 1024, dropsResults = false, seed }: StoreContractOptions = {},
): readonly StoreLaw[] {
  expectOption(typeof open === 'function', 'open', 'a function', open)
  expectNumber('maxResultBytes', maxResultBytes)
  expectOption(typeof dropsResults === 'boolean', 'dropsResults', 'true or false', dropsResults)
  if (seed !== undefined) expectNumber('seed', seed)

  return families.flatMap((laws) =>
    Object.entries(laws).map(([name, law]) => ({
      name,
      async run() {
        const { now, turn } = freshClock()
        let isAsked = false
        const chosen = seed ?? Math.floor(Math.random() * 2 ** 32)
        try {
          const store = await open({
            now() {
              isAsked = true
              return now()
            },
          })
          // Whatever its traits say: a store that was not given this clock has another one.
          const isTurned = () => isAsked && store.traits.clock !== 'store'
          const pass = async (milliseconds: number) => {
            turn(milliseconds)
            if (!isTurned()) await wait(milliseconds)
          }
          const key = `law/${Math.random()}`
          await law({ store, key, pass, isTurned, turn, seed: chosen, maxResultBytes, dropsResults })
        } catch (cause) {
          const said = cause instanceof BrokenLaw ? cause.message : `expected an answer, got ${show(cause)}`
          throw new Error(`${name}: ${said}`, { cause })
        }
      },
    })),
  )
}
