import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { isKey } from '../../src/idempotency/store'
import { readKey, storeKey } from '../../src/idempotent/key'
import { Refusal } from '../../src/idempotent/problems'

const read = (value: string) => readKey({ 'Idempotency-Key': value })
const printable = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
})
/** The serialisation of RFC 8941, section 4.1.6. */
const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`

describe('readKey', () => {
  test.prop([printable])('reads every string of RFC 8941 back', (text) => {
    expect(read(quote(text))).toBe(text)
  })

  test.prop([fc.string()])('gives a key of 1 to 255 printable characters, or refuses', (value) => {
    let key: string | undefined
    try {
      key = read(value)
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal)
      return
    }
    expect(key).toMatch(/^[ -~]{1,255}$/)
    expect([key, quote(key as string)]).toContain(value.trim())
  })

  it('is quick with what is almost a string', () => {
    const started = performance.now()
    for (const value of [
      `"${'\\"'.repeat(50_000)}`,
      `"${'\\\\'.repeat(50_000)}x`,
      ' '.repeat(100_000),
      `a${' '.repeat(100_000)}b`,
      `${' '.repeat(50_000)}a b`,
    ])
      expect(() => read(value)).toThrow()
    expect(performance.now() - started).toBeLessThan(200)
  })

  it('is undefined where there is no header', () => {
    expect(readKey({})).toBeUndefined()
    expect(readKey(new Headers())).toBeUndefined()
  })
})

describe('storeKey', () => {
  const part = fc.oneof(fc.string({ unit: fc.constantFrom('a', '/', '%', '2', 'F', '5') }), fc.string({ maxLength: 300 }))
  const parts = fc.tuple(part, part, part, part)

  test.prop([parts, parts])('is the same for the same parts alone, and always a key', async (left, right) => {
    const [one, other] = [await storeKey(...left), await storeKey(...right)]
    expect(one === other).toBe(left.every((text, at) => text === right[at]))
    expect(isKey(one)).toBe(true)
  })

  it('is scope, method, path and key', async () => {
    expect(await storeKey('acct_1', 'POST', '/payments', 'a%b/c')).toBe('acct_1/POST/%2Fpayments/a%25b%2Fc')
  })

  it('is a hash where no store could hold it', async () => {
    const key = await storeKey('x'.repeat(500), 'POST', '/payments', 'k')
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(await storeKey('x'.repeat(501), 'POST', '/payments', 'k')).not.toBe(key)
  })
})
