import { createHmac } from 'node:crypto'
import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hmacs } from '../../src/crypto/hmac'
import '../../src/crypto/quick'

const algorithm = hmacs['hmac-sha256']
const utf8 = { encoding: 'utf8' } as const
type Parts = readonly (string | Uint8Array)[]

function expectedOf(key: Uint8Array, parts: Parts) {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Whether this Node hashes at once; 20.12 was the first. */
const isQuick = process.getBuiltinModule('node:crypto').hash !== undefined

describe('a key that works quickly', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 90 }),
    fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\ud83d') }),
  )

  test.prop([fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.array(fc.oneof(text, fc.uint8Array()), { maxLength: 5 })])(
    'makes what node:crypto makes of the same bytes, in every writing',
    async (key, parts) => {
      const expected = expectedOf(key, parts)
      const { sign, write } = algorithm.signer(key, utf8)
      expect(await sign(parts)).toEqual(new Uint8Array(expected))
      expect(write === undefined).toBe(key.length > 64 || !isQuick)
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        if (write) expect(write(parts, encoding)).toBe(expected.toString(encoding))
      }
      const verifier = algorithm.verifier(key, utf8)
      const other = Uint8Array.from(expected)
      other[31] = (other[31] as number) ^ 1
      expect(await verifier.matches(parts, [other, expected])).toBe(true)
      expect(await verifier.matches(parts, [other, expected.subarray(1)])).toBe(false)
      expect(await verifier.matches([...parts, 'x'], [expected])).toBe(false)
    },
  )

  it.each([1, 63, 64, 65, 80, 128, 129])('takes a key of %i bytes', async (length) => {
    const key = new Uint8Array(length).fill(length)
    const expected = expectedOf(key, ['a'])
    expect(Buffer.from(await algorithm.signer(key, utf8).sign(['a']))).toEqual(expected)
    expect(await algorithm.verifier(key, utf8).matches(['a'], [expected])).toBe(true)
    expect(algorithm.signer(key, utf8).write !== undefined).toBe(length <= 64 && isQuick)
  })

  it('is one for SHA-256 alone', async () => {
    for (const [name, slow] of Object.entries(hmacs)) {
      const signature = await slow.signer('key', utf8).sign(['a'])
      expect(Buffer.from(signature)).toEqual(createHmac(name.slice(5), 'key').update('a').digest())
    }
  })

  it.runIf(isQuick)('answers at once, and writes what has room in the scratch', () => {
    const { write } = algorithm.signer('key', utf8)
    const verifier = algorithm.verifier('key', utf8)
    for (const [part, isShort] of [
      [new Uint8Array(79_936), true],
      [new Uint8Array(79_937), false],
      ['x'.repeat(26_645), true],
      ['x'.repeat(26_646), false],
    ] as const) {
      expect(write?.([part], 'hex') !== undefined).toBe(isShort)
      expect(verifier.matches([part], [])).toBe(false)
      expect(verifier.matches([part], [expectedOf(Buffer.from('key'), [part])])).toBe(true)
    }
  })

  it('takes no part of a signature for the whole, also where the whole was there just before', async () => {
    const key = new Uint8Array(32).fill(5)
    const expected = expectedOf(key, ['a'])
    const verifier = algorithm.verifier(key, utf8)
    for (const length of [0, 1, 31]) {
      expect(await verifier.matches(['a'], [expected])).toBe(true)
      expect(await verifier.matches(['a'], [expected.subarray(0, length)])).toBe(false)
    }
    expect(await verifier.matches(['a'], [Buffer.concat([expected, expected])])).toBe(false)
  })

  it.each([
    ['bytes', (length: number) => new Uint8Array(length).fill(7)],
    ['text', (length: number) => 'x'.repeat(length)],
    ['text of three bytes a character', (length: number) => '€'.repeat(length)],
  ])('takes %s of any length', async (_, make) => {
    const key = new Uint8Array(32).fill(1)
    for (const length of [63, 64, 65, 26_000, 27_000, 79_934, 79_935, 79_936, 79_937, 200_000]) {
      const parts = ['a.', make(length), 'b']
      const expected = expectedOf(key, parts)
      expect(await algorithm.signer(key, utf8).sign(parts)).toEqual(expect.objectContaining(new Uint8Array(expected)))
      expect(await algorithm.verifier(key, utf8).matches(parts, [expected])).toBe(true)
      expect(await algorithm.verifier(key, utf8).matches(parts, [new Uint8Array(32)])).toBe(false)
    }
  })

  it('keeps keys apart that work in turn', async () => {
    const keys = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
    const imported = keys.map((key) => algorithm.signer(key, utf8))
    for (const body of ['a', 'a longer one', '']) {
      for (const [at, key] of keys.entries()) {
        expect(Buffer.from((await imported[at]?.sign([body])) ?? [])).toEqual(expectedOf(key, [body]))
      }
    }
  })
})
