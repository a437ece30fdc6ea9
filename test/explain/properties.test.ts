import { inspect } from 'node:util'
import { test } from '@fast-check/vitest'
import { sign } from 'countersign'
import { explain } from 'countersign/explain'
import { github, shopify, slack, square, standardWebhooks, stripe, webflow } from 'countersign/schemes'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { at, faults, keyOf, requestOf, secretOf, url } from './faults'

const anySecret = fc.uint8Array({ minLength: 24, maxLength: 32 }).map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`)
const anyScheme = fc.constantFrom(github, stripe, standardWebhooks, slack, shopify, square, webflow)
/** No two of these are forms of one body. */
const anyBody = fc.oneof(
  fc.record({ id: fc.uuid(), data: fc.jsonValue({ maxDepth: 1 }) }).map((event) => JSON.stringify(event)),
  fc.tuple(fc.uuid(), fc.string({ unit: 'binary' })).map((parts) => parts.join(' ')),
  fc.record({ id: fc.uuid(), note: fc.string() }).map((fields) => new URLSearchParams(fields).toString()),
)

describe('never names a cause that is none', () => {
  test.prop([anyScheme, anySecret, anySecret, anyBody, anyBody, fc.constantFrom('secret', 'body', 'time')], {
    numRuns: 1_000,
    seed: 3,
  })(
    'in 1,000 random mismatches',
    async (scheme, secret, otherSecret, body, otherBody, part) => {
      fc.pre(secret !== otherSecret && body !== otherBody)
      const headers = await sign(scheme, { secret, body, url, timestamp: at, id: 'msg_1' })
      // Where nothing but the body is signed, another time is no mismatch.
      const replayed = await sign(scheme, { secret, body, url, timestamp: new Date(at.getTime() + 1000), id: 'msg_2' })
      const [header] = Object.keys(headers).filter((name) => scheme.signature && name.includes('signature'))
      const change = {
        secret: { secret: otherSecret },
        body: { body: otherBody },
        time: { headers: { ...replayed, ...(header && { [header]: headers[header] }) }, secret: otherSecret },
      }[part]
      const explanation = await explain(scheme, { secret, headers, body, url, now: at, ...change })
      expect(explanation).toMatchObject({ outcome: 'unexplained', notTried: [] })
    },
    240_000,
  )
})

describe('shows nothing that is secret', () => {
  const all = Object.values(faults).flat()

  /** What a text may look like when it is shown by mistake. */
  const formsOf = (text: string) =>
    [
      text,
      text.trim(),
      text.replace(/^\w+_/, ''),
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('hex'),
    ].filter((form) => form.length > 12)

  test.prop([fc.constantFrom(...all), fc.string({ minLength: 24, maxLength: 40 }), fc.boolean()], { numRuns: 200 })(
    'in any explanation of any fault',
    async (fault, other, isWrong) => {
      const { scheme } = fault
      const { options } = await requestOf(scheme, fault)
      const faulty = { ...options, ...fault.happens(options), otherSecrets: { other } }
      const given = isWrong ? { ...faulty, secret: `${other}.` } : faulty
      const explanation = await explain(scheme, given)
      const shown = `${JSON.stringify(explanation)} ${inspect(explanation, { depth: 9 })} ${JSON.stringify(Object.values(explanation))}`
      const secrets = [given.secret, secretOf(scheme), keyOf(scheme), fault.sender?.secret, other]
      for (const secret of secrets) {
        if (typeof secret === 'string') for (const form of formsOf(secret)) expect(shown).not.toContain(form)
      }
      const macs = Object.values(options.headers).flatMap((value) => value.match(/[\w+/=-]{27,}/g) ?? [])
      const expected = fault.unproven
        ? {}
        : await sign(scheme, { secret: secretOf(scheme), body: given.body, url, timestamp: at })
      for (const value of Object.values(expected)) macs.push(...(value.match(/[\w+/=-]{27,}/g) ?? []))
      for (const mac of macs) expect(shown).not.toContain(mac)
      if (options.body.length > 30) expect(shown).not.toContain(options.body.slice(0, 30))
    },
    240_000,
  )
})
