import type { Observation } from 'countersign'
import type { Logger } from 'pino'

const levels: Partial<Record<Observation['outcome'], 'debug' | 'warn' | 'error'>> = {
  verified: 'debug',
  rejected: 'warn',
  explained: 'warn',
  warning: 'warn',
  failed: 'error',
  fenced: 'error',
}

/** A line for each observation: `observe: logDelivery(logger)`. */
export const logDelivery = (logger: Logger) => (observation: Observation) => {
  const { error: err, ...fields } = { error: undefined, ...observation }
  logger[levels[observation.outcome] ?? 'info']({ ...fields, err }, `webhook ${observation.outcome}`)
}
