import { IdempotencyError, type IdempotencyErrorCode } from 'countersign/idempotency'
import { describe, expect, test } from 'vitest'
import { idempotencyHints } from '../../src/idempotency/errors'

describe('IdempotencyError', () => {
  test.each(Object.keys(idempotencyHints) as IdempotencyErrorCode[])('%s has a code, a hint and a name', (code) => {
    const error = new IdempotencyError(code)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'IdempotencyError', code, hint: idempotencyHints[code], retryAfterSeconds: undefined })
    expect(error.message).toContain(idempotencyHints[code])
    expect('cause' in error).toBe(false)
  })

  test('tells what happened in particular, when to come back and why', () => {
    const cause = new Error('down')
    const error = new IdempotencyError('in_progress', { detail: 'in a minute', retryAfterSeconds: 60, cause })
    expect(error).toMatchObject({ hint: `in a minute: ${idempotencyHints.in_progress}`, retryAfterSeconds: 60, cause })
  })

  test('is known by its brand in the other build too', () => {
    const other = Object.assign(new Error('x'), { [Symbol.for('countersign.error')]: 'IdempotencyError' })
    expect(other).toBeInstanceOf(IdempotencyError)
    expect(new Error('x')).not.toBeInstanceOf(IdempotencyError)
  })
})
