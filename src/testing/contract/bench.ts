import type { ClaimOptions, IdempotencyStore } from '../../idempotency/store'

/** A clock in milliseconds, which the contract turns. */
export interface Clock {
  now(): number
}

/** What a law is given to work with. */
export interface Bench {
  readonly store: IdempotencyStore
  /** A key that no other law uses. */
  readonly key: string
  /** Lets that much time go by: turns the clock, and waits where the store has one of its own. */
  pass(milliseconds: number): Promise<void>
  /** Whether time goes by at a turn of the clock; known once something was claimed. */
  isTurned(): boolean
  /** Turns the clock of the caller only. */
  turn(milliseconds: number): void
  /** What is chosen at random is chosen by this. */
  readonly seed: number
  /** The longest result that the store must keep. */
  readonly maxResultBytes: number
  /** Whether a result must go that is kept shorter than its key. */
  readonly dropsResults: boolean
}

/** What holds for a store, by name; a law throws where it does not hold. */
export type Laws = Readonly<Record<string, (bench: Bench) => Promise<void>>>

/** Long enough never to end while a law is tried. */
export const long = 3_600_000
/** Short enough to wait for; nothing that takes time may have to happen before it ends. */
export const short = 150
/** After this, what is short has ended. */
export const past = 200

// Later than all that earlier laws have left in a store that lasts.
let latest = Date.now()

/** A clock that begins when all earlier ones are long over. */
export function freshClock(): Clock & Pick<Bench, 'turn'> {
  let now = (latest += 24 * long)
  return {
    now: () => now,
    turn(milliseconds) {
      now += milliseconds
      latest = Math.max(latest, now)
    },
  }
}

/** Waits that long and no less: a timer may be a little early. */
export async function wait(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  do await new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, end - performance.now())))
  while (performance.now() < end)
}

let minted = 0
/** A token that was never used. */
export const mint = () => `token-${++minted}-${Math.random()}`

/** A claim that lasts, unless it says otherwise. */
export const holding = (token: string, more: Partial<ClaimOptions> = {}): ClaimOptions => ({
  token,
  leaseMs: long,
  retentionMs: 2 * long,
  ...more,
})

export const bytes = (...values: number[]) => Uint8Array.from(values)

/** The same, that many times at once. */
export const together = <T>(times: number, ask: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: times }, (_, index) => ask(index)))
