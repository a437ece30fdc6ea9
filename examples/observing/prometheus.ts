import type { Observation } from 'countersign'
import { Histogram, type Registry } from 'prom-client'

/** How many deliveries end in which way, and how long they take: `observe: countDelivery(register)`. */
export function countDelivery(register: Registry) {
  const name = 'webhook_delivery_seconds'
  const help = 'Deliveries from the headers to the answer.'
  const seconds = new Histogram({ name, help, labelNames: ['scheme', 'outcome', 'code'], registers: [register] })
  return (observation: Observation) => {
    if (!('status' in observation)) return
    const { scheme, outcome, durationMs } = observation
    // Never a key, an account or a type: each value of a label is a series of its own.
    seconds.observe({ scheme, outcome, code: 'code' in observation ? observation.code : '' }, durationMs / 1000)
  }
}
