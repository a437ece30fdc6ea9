import type { Outcome } from 'countersign/sender'
import * as fc from 'fast-check'

const status = fc.oneof(fc.integer({ min: 100, max: 999 }), fc.constantFrom(200, 204, 301, 410, 429, 500, 502, 503, 504))

export const responses: fc.Arbitrary<Extract<Outcome, { kind: 'response' }>> = fc.record(
  {
    kind: fc.constant('response' as const),
    status,
    retryAfterSeconds: fc.oneof(fc.nat(200_000), fc.constantFrom(0, 36_000, 36_001, Number.MAX_SAFE_INTEGER)),
    body: fc.string(),
  },
  { requiredKeys: ['kind', 'status'] },
)

/** Every outcome that there is. */
export const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  { arbitrary: responses, weight: 5 },
  { arbitrary: fc.record({ kind: fc.constant('network' as const), code: fc.string() }), weight: 1 },
  {
    arbitrary: fc.constantFrom<Outcome>({ kind: 'timeout' }, { kind: 'blocked' }, { kind: 'invalid' }, { kind: 'aborted' }),
    weight: 2,
  },
)
