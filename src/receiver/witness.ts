import type { Answer } from './answers'
import type { Ending, KeyedEnding, Observation, Observer } from './observe'

/** What is learned of a delivery on its way. */
export interface Learned {
  key?: string | undefined
  id?: string | undefined
  type?: string | undefined
  account?: string | undefined
  bodyBytes?: number | undefined
}

/** Follows one delivery, and tells the observer what becomes of it. */
export interface Witness {
  /** The signature holds; it is told as soon as the key is known, or when there will be none. */
  verified(secretIndex: number): void
  /** The key is known: what comes next may take long. */
  named(): void
  /** How it ended. */
  ended(ending: Ending | KeyedEnding, answer: Answer): void
}

/** Makes a witness for each delivery; without an observer there is none, and nothing of what it would tell is made. */
export function createWitnesses(observe: Observer | undefined, scheme: string, endpoint: string | undefined) {
  return (learned: Learned): Witness | undefined => {
    if (!observe) return undefined
    const started = performance.now()
    let holds: { secretIndex: number; durationMs: number } | undefined
    const facts = () => ({ scheme, endpoint, ...learned })
    const named = () => {
      if (holds) observe({ outcome: 'verified', ...facts(), ...holds })
      holds = undefined
    }
    return {
      verified(secretIndex) {
        holds = { secretIndex, durationMs: performance.now() - started }
      },
      named,
      ended(ending, { status, body }) {
        named()
        const durationMs = performance.now() - started
        // Endings with a key come after the key is learned.
        observe({ ...ending, ...facts(), durationMs, status, answerBytes: body?.length ?? 0 } as Observation)
      },
    }
  }
}
