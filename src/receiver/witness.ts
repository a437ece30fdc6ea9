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
    const named = () => {
      if (!holds) return
      const { account, bodyBytes, key, id, type } = learned
      const { secretIndex, durationMs } = holds
      observe({ scheme, endpoint, account, bodyBytes, key, id, type, outcome: 'verified', secretIndex, durationMs })
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
        const answerBytes = body?.length ?? 0
        const { account, bodyBytes, key, id, type } = learned
        // A spread stands last: on Node 20 it takes thirty times as long to add that much to a copy.
        const facts = { scheme, endpoint, account, durationMs, bodyBytes, key, id, type, status, answerBytes, ...ending }
        // Endings with a key come after the key is learned.
        observe(facts as Observation)
      },
    }
  }
}
