import { channel } from 'node:diagnostics_channel'
import type { IdempotentObservation } from '../idempotent/observe'
import type { Observation } from '../receiver/observe'

/** What is published, by the name of its channel. */
export interface Channels {
  /** What happens to the deliveries of every receiver that is given `publish()`. */
  readonly 'countersign:delivery': Observation
  /** What happens to the requests of every `idempotent` handler that is given `publish('countersign:request')`. */
  readonly 'countersign:request': IdempotentObservation
}

/**
 * Makes an observer that publishes to a `node:diagnostics_channel`: `observe: publish()`, and anywhere `subscribe('countersign:delivery', listener)`.
 *
 * Listeners are called at once, with the observation and the channel's name; what one throws is an uncaught exception, and changes no
 * answer. For Node, Bun, Deno, and Workers with `nodejs_compat`.
 */
export function publish<Name extends keyof Channels = 'countersign:delivery'>(
  name?: Name,
): (observation: Channels[Name]) => void {
  const to = channel(name ?? 'countersign:delivery')
  // Without a listener Node's is an empty function; Workers hand on what nobody here listens to.
  return (observation) => to.publish(observation)
}
