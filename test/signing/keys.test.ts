import type { Secret } from 'countersign'
import { github } from 'countersign/schemes'
import { describe, expect, it, vi } from 'vitest'
import { signerOf, verifierOf } from '../../src/signing/keys'

/** A scheme of its own whose keys are counted as they are made. */
function counting() {
  const { algorithm } = github
  const verifier = vi.fn(algorithm.verifier)
  const signer = vi.fn(algorithm.signer)
  return { scheme: { ...github, algorithm: { ...algorithm, verifier, signer } }, verifier, signer }
}

describe('a key', () => {
  it('of text is made once for each scheme and side', () => {
    const { scheme, verifier, signer } = counting()
    const first = verifierOf(scheme, 'a')
    expect(verifierOf(scheme, 'b')).not.toBe(first)
    expect(verifierOf(scheme, 'a')).toBe(first)
    expect(verifier.mock.calls.map(([secret]) => secret)).toEqual(['a', 'b'])
    expect(signer).not.toHaveBeenCalled()
    expect(signerOf(scheme, 'a')).toBe(signerOf(scheme, 'a'))
    expect(signer).toHaveBeenCalledOnce()
    const other = counting()
    expect(verifierOf(other.scheme, 'a')).not.toBe(first)
    expect(other.verifier).toHaveBeenCalledOnce()
  })

  it('of bytes is made each time, since they can be changed', () => {
    const { scheme, verifier } = counting()
    const bytes: Secret = new TextEncoder().encode('a')
    expect(verifierOf(scheme, bytes)).not.toBe(verifierOf(scheme, bytes))
    expect(verifier).toHaveBeenCalledTimes(2)
  })

  it('is kept beside 255 others, and all are let go for one more', () => {
    const { scheme, verifier } = counting()
    for (let round = 0; round < 2; round++) {
      for (let which = 0; which < 256; which++) verifierOf(scheme, `secret ${which}`)
    }
    expect(verifier).toHaveBeenCalledTimes(256)
    verifierOf(scheme, 'one more')
    verifierOf(scheme, 'one more')
    expect(verifier).toHaveBeenCalledTimes(257)
    verifierOf(scheme, 'secret 255')
    expect(verifier).toHaveBeenCalledTimes(258)
  })
})
