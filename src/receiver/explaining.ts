import { VerificationError } from '../core/errors'
import type { Scheme } from '../schemes/scheme'
import type { VerifyOptions } from '../signing/verify'
import type { Observer } from './observe'

/** What is told of a refused request; the one who explains knows more. */
interface Explained {
  readonly outcome: string
  readonly cause?: string
  readonly explanation: string
  readonly mend: string
}

/** Finds out why a request was refused. */
export type Explain = (scheme: Scheme, options: VerifyOptions) => Promise<Explained>

/** Explains refused requests to the observer, after they were answered and one at a time: strangers can make any number of them. */
export function createExplaining(explain: Explain, observe: Observer) {
  let isBusy = false
  return (error: unknown, scheme: Scheme, options: VerifyOptions): void => {
    if (isBusy || !(error instanceof VerificationError)) return
    isBusy = true
    const started = performance.now()
    const tell = ({ cause, explanation, mend }: Explained) =>
      observe({
        outcome: 'explained',
        scheme: scheme.name,
        durationMs: performance.now() - started,
        ...(cause !== undefined && { cause }),
        explanation,
        mend,
      })
    // What it throws is a mistake in the options, of which the answer has told already.
    void explain(scheme, options)
      .then(tell, () => undefined)
      .finally(() => {
        isBusy = false
      })
  }
}
