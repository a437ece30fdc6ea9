import { inspect } from 'node:util'
import { ConfigurationError, VerificationError, type VerificationErrorCode } from 'countersign'
import { describe, expect, it, vi } from 'vitest'
import { verificationHints } from '../../src/core/errors'
import { timingHints } from '../../src/schemes/timing'

describe('errors', () => {
  it('have a name, a code and a hint', () => {
    const error = new VerificationError('missing_header', 'x-signature')
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('VerificationError')
    expect(error.code).toBe('missing_header')
    expect(error.hint).toMatch(/^x-signature: absent/)
    expect(error.message).toBe(new VerificationError('no_signature').message)
    expect(inspect(error)).toMatch(/^\[VerificationError: The request could not be verified\] \{/)
    expect(inspect(error)).toContain('missing_header')
  })

  it('of a refusal have no stack, and leave that of others as it was', () => {
    const limit = Error.stackTraceLimit
    const lines = (error: Error) => error.stack?.match(/^ +at /gm)?.length
    expect(lines(new VerificationError('no_signature'))).toBeUndefined()
    expect(Error.stackTraceLimit).toBe(limit)
    expect(lines(new ConfigurationError('invalid_option', 'no'))).toBeGreaterThan(1)
  })

  it('have a hint for every code', () => {
    for (const hints of [verificationHints, timingHints]) {
      for (const [code, hint] of Object.entries(hints)) {
        expect(new VerificationError(code as VerificationErrorCode, undefined, hints).hint).toBe(hint)
      }
    }
  })

  it('are told apart', () => {
    const error = new ConfigurationError('invalid_option', 'no')
    expect(error.name).toBe('ConfigurationError')
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).not.toBeInstanceOf(VerificationError)
    for (const value of [undefined, null, 7, 'text', {}, new Error('no')]) {
      expect(value instanceof (ConfigurationError as never)).toBe(false)
    }
  })

  it('are known to the class of another build', async () => {
    vi.resetModules()
    const other = await import('../../src/core/errors')
    expect(other.VerificationError).not.toBe(VerificationError)
    expect(new VerificationError('no_signature')).toBeInstanceOf(other.VerificationError)
    expect(new VerificationError('no_signature')).not.toBeInstanceOf(other.ConfigurationError)
  })
})
