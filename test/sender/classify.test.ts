import { fc, it } from '@fast-check/vitest'
import { classify, type Outcome } from 'countersign/sender'
import { describe, expect, it as plain } from 'vitest'
import { outcomes } from './outcomes'

describe('classify', () => {
  plain.each<[string, Outcome, string]>([
    ['200', { kind: 'response', status: 200 }, 'delivered'],
    ['299', { kind: 'response', status: 299 }, 'delivered'],
    ['199', { kind: 'response', status: 199 }, 'retry'],
    ['300', { kind: 'response', status: 300 }, 'retry'],
    ['301, which is not followed', { kind: 'response', status: 301 }, 'retry'],
    ['400', { kind: 'response', status: 400 }, 'retry'],
    ['404', { kind: 'response', status: 404 }, 'retry'],
    ['409', { kind: 'response', status: 409 }, 'retry'],
    ['410', { kind: 'response', status: 410 }, 'disable'],
    ['429', { kind: 'response', status: 429 }, 'retry'],
    ['500', { kind: 'response', status: 500 }, 'retry'],
    ['a timeout', { kind: 'timeout' }, 'retry'],
    ['a fault of the network', { kind: 'network', code: 'ECONNREFUSED' }, 'retry'],
    ['what the guard refused', { kind: 'blocked' }, 'reject'],
    ['what cannot be sent', { kind: 'invalid' }, 'reject'],
    ['what the caller ended', { kind: 'aborted' }, 'retry'],
  ])('judges %s', (_, outcome, verdict) => expect(classify(outcome)).toBe(verdict))

  it.prop([outcomes])('has a verdict for every outcome, the same every time', (outcome) => {
    const frozen = Object.freeze({ ...outcome })
    const verdict = classify(frozen)
    expect(['delivered', 'retry', 'disable', 'reject']).toContain(verdict)
    expect(classify(structuredClone(outcome))).toBe(verdict)
    expect(verdict === 'delivered').toBe(outcome.kind === 'response' && Math.floor(outcome.status / 100) === 2)
    expect(verdict === 'disable').toBe(outcome.kind === 'response' && outcome.status === 410)
    expect(verdict === 'reject').toBe(outcome.kind === 'blocked' || outcome.kind === 'invalid')
  })

  it.prop([outcomes, fc.array(fc.integer({ min: 400, max: 499 }))])(
    'gives up at once after a permanent status, and no other',
    (outcome, permanent) => {
      const isPermanent = outcome.kind === 'response' && outcome.status !== 410 && permanent.includes(outcome.status)
      expect(classify(outcome, permanent)).toBe(isPermanent ? 'reject' : classify(outcome))
    },
  )
})
