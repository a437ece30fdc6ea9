import type { Outcome, Verdict } from './outcome'

/**
 * Judges an outcome; pure.
 *
 * 2xx is `delivered`, 410 is `disable`, `blocked` and `invalid` are `reject`. All else is `retry`: 3xx, which is never followed, 4xx,
 * since receivers deploy fixes, 5xx, timeouts and faults of the network. `aborted` is `retry` too, since the event is not known to
 * have arrived; `deliver` sends nothing more all the same. An answer with one of `permanentStatuses` is `reject`.
 */
export function classify(outcome: Outcome, permanentStatuses: readonly number[] = []): Verdict {
  if (outcome.kind === 'blocked' || outcome.kind === 'invalid') return 'reject'
  if (outcome.kind !== 'response') return 'retry'
  const { status } = outcome
  if (status >= 200 && status <= 299) return 'delivered'
  if (status === 410) return 'disable'
  return permanentStatuses.includes(status) ? 'reject' : 'retry'
}
