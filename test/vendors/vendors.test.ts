import { readFileSync } from 'node:fs'
import { VerificationError, verify } from 'countersign'
import { schemes } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Delivery, vendors } from './vendors'

const listed: Record<string, string> = JSON.parse(readFileSync(new URL('./packages.json', import.meta.url), 'utf8'))

it('the list that the documentation is made of names these packages', () => {
  expect(listed).toEqual(Object.fromEntries(Object.entries(vendors).map(([scheme, { from }]) => [scheme, from])))
})

const url = 'https://shop.example/hooks?a=1&b=two'
const values = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), {
  minKeys: 1,
  maxKeys: 4,
})
/** Each run loads nothing anew, but some packages are slow. */
const runs = { numRuns: 25 }

const says = async (answer: () => unknown) => {
  try {
    // A package says yes with what it parsed, with nothing at all, or with true.
    return (await answer()) !== false
  } catch {
    return false
  }
}

describe.each(Object.entries(vendors))('%s', (name, vendor) => {
  const scheme = schemes[name] as NonNullable<(typeof schemes)[string]>
  const { secret, privateKey = secret, body: make = JSON.stringify } = vendor
  const check = ({ headers, body }: Delivery) => verify(scheme, { secret, headers, body, url })

  it(`what we sign is genuine to ${vendor.from}, and tampered with it is not`, { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const request = await signedRequest(scheme, { secret: privateKey, url, body: make(value) })
        const delivery = { headers: Object.fromEntries(request.headers), body: await request.text(), url }
        expect(await says(() => vendor.accepts(delivery))).toBe(true)
        const tampered = { ...delivery, body: tamperedWith(delivery.body) }
        expect(await says(() => vendor.accepts(tampered))).toBe(false)
      }),
      runs,
    )
  })

  if (!vendor.sign) return
  it(`what ${vendor.from} signs is genuine to us, and tampered with it is not`, { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const body = make(value)
        const delivery: Delivery = { headers: {}, body, url, ...(await vendor.sign?.(body, url)) }
        await expect(check(delivery)).resolves.toMatchObject({ scheme: name, secretIndex: 0 })
        await expect(check({ ...delivery, body: tamperedWith(delivery.body) })).rejects.toThrow(VerificationError)
      }),
      runs,
    )
  })
})

/** The same with something changed that every scheme signs; still of the same form. */
const tamperedWith = (body: string) =>
  body.startsWith('{') ? body.replace(/"([^"]*)":/, '"$1_":').replace('"psp"', '"psp2"') : `${body}0`
