import { test } from '@fast-check/vitest'
import { sign as octokitSign, verify as octokitVerify } from '@octokit/webhooks-methods'
import { generateSecret, sign, verify } from 'countersign'
import { github, standardWebhooks, stripe } from 'countersign/schemes'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { describe, expect } from 'vitest'

const anyJson = fc.json({ maxDepth: 3 })
const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const anyTime = fc
  .integer({ min: -200, max: 200 })
  .map((seconds) => new Date(Math.floor(Date.now() / 1000) * 1000 + seconds * 1000))

describe('standardwebhooks', () => {
  const secret = generateSecret()
  const official = new Webhook(secret)

  test.prop([anyJson, anyTime])('accepts what we sign', async (body, timestamp) => {
    const headers = await sign(standardWebhooks, { secret, body, timestamp })
    expect(official.verify(body, headers)).toEqual(JSON.parse(body))
  })

  test.prop([
    fc.string({ unit: 'grapheme' }),
    anyTime,
    fc.string({ unit: fc.constantFrom('a', 'Z', '7', '_', '-'), minLength: 1 }),
  ])('signs what we accept', async (body, timestamp, id) => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp.getTime() / 1000),
      'webhook-signature': official.sign(id, timestamp, body),
    }
    await expect(verify(standardWebhooks, { secret, body, headers })).resolves.toMatchObject({ id, timestamp })
  })
})

describe('stripe', () => {
  const { webhooks } = new Stripe('sk_test_none')
  const secret = 'whsec_test_secret'

  test.prop([anyJson])('accepts what we sign', async (body) => {
    const headers = await sign(stripe, { secret, body })
    expect(webhooks.constructEvent(body, headers['stripe-signature'] as string, secret)).toEqual(JSON.parse(body))
  })

  test.prop([fc.string({ unit: 'grapheme' }), anyTime])('signs what we accept', async (body, time) => {
    const timestamp = time.getTime() / 1000
    const header = webhooks.generateTestHeaderString({ payload: body, secret, timestamp })
    await expect(verify(stripe, { secret, body, headers: { 'stripe-signature': header } })).resolves.toMatchObject({
      timestamp: time,
    })
  })
})

describe('@octokit/webhooks-methods', () => {
  const trimmed = anyText.filter((text) => text === text.trim() && !/^(-----|wh[ps]k_|\{)/.test(text))

  test.prop([trimmed, anyText])('accepts what we sign', async (secret, body) => {
    const headers = await sign(github, { secret, body })
    expect(await octokitVerify(secret, body, headers['x-hub-signature-256'] as string)).toBe(true)
  })

  test.prop([trimmed, anyText])('signs what we accept', async (secret, body) => {
    const headers = { 'x-hub-signature-256': await octokitSign(secret, body) }
    await expect(verify(github, { secret, body, headers })).resolves.toMatchObject({ scheme: 'github' })
  })
})
