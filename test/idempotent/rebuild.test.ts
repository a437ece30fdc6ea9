import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { canonicalJson, rebuild } from '../../src/idempotent/rebuild'

/** The same value with the members of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  )
}
const json = (value: unknown) =>
  new Headers({ 'content-type': 'application/json', 'content-length': String(JSON.stringify(value)?.length) })

describe('canonicalJson', () => {
  test.prop([fc.jsonValue()])('is the same for any order of members and any white space', (value) => {
    const other = JSON.parse(JSON.stringify(shuffled(value), null, 2))
    expect(canonicalJson(other)).toBe(canonicalJson(JSON.parse(JSON.stringify(value))))
  })

  test.prop([fc.jsonValue()])('means the same value', (value) => {
    const parsed = JSON.parse(JSON.stringify(value))
    expect(JSON.parse(canonicalJson(parsed) ?? '')).toEqual(parsed)
  })

  it('keeps a member named __proto__, and the order of an array', () => {
    expect(canonicalJson(JSON.parse('{"b":[2,1],"__proto__":{"z":1,"a":2},"a":1}'))).toBe(
      '{"__proto__":{"a":2,"z":1},"a":1,"b":[2,1]}',
    )
  })
})

describe('rebuild', () => {
  test.prop([fc.jsonValue()])('gives JSON that means the same', (value) => {
    const parsed = JSON.parse(JSON.stringify(value))
    const rebuilt = rebuild({ body: parsed }, json('x'.repeat(100_000)))
    expect(JSON.parse(new TextDecoder().decode(rebuilt?.body))).toEqual(parsed)
  })

  test.prop([fc.string(), fc.boolean()])('tells a parsed text from the text of JSON by its length', (text, isParsed) => {
    const written = JSON.stringify(text)
    const length = String(new TextEncoder().encode(written).length)
    const headers = new Headers({ 'content-type': 'application/json', 'content-length': length })
    const rebuilt = rebuild({ body: isParsed ? text : written }, headers)
    expect(JSON.parse(new TextDecoder().decode(rebuilt?.body))).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
  })

  it('takes an object without a type for JSON', () => {
    expect(new TextDecoder().decode(rebuild({ body: { a: 1 } }, new Headers())?.body)).toBe('{"a":1}')
  })

  it.each([
    ['nothing', undefined, 'application/json'],
    ['a function', () => undefined, 'application/json'],
    ['fields of a form with a file', {}, 'multipart/form-data; boundary=x'],
    ['what is left of bytes', {}, 'application/octet-stream'],
    ['null for a form', null, 'application/x-www-form-urlencoded'],
    ['numbers in a form', { a: 1 }, 'application/x-www-form-urlencoded'],
  ])('gives nothing for %s', (_, body, type) => {
    expect(rebuild({ body }, new Headers({ 'content-type': type }))).toBeUndefined()
  })
})
