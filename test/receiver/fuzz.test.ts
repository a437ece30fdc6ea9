import { test } from '@fast-check/vitest'
import { slack, standardWebhooks, stripe } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { receiver, secret, store, url } from './harness'

const names = [
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'stripe-signature',
  'content-type',
  'content-encoding',
  'content-length',
  'x-slack-signature',
]
const header = fc.tuple(
  fc.constantFrom(...names),
  fc.oneof(
    fc.constantFrom('v1,AAAA', 't=1,v1=00', 'gzip', '5', '99999999', 'application/json'),
    fc.stringMatching(/^[\x21-\xff]*$/),
  ),
)
const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS')
const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.uint8Array())

describe('whatever arrives gets an answer of the table', () => {
  test.prop([fc.constantFrom(standardWebhooks, stripe, slack), method, fc.array(header), body])(
    'unsigned',
    async (scheme, verb, headers, content) => {
      const { hook, last } = receiver({ scheme, store: store(), types: ['paid'], maxBodyBytes: 1000 })
      const init =
        verb === 'GET' || verb === 'HEAD' ? { method: verb, headers } : { method: verb, headers, body: content as string }
      const response = await hook(new Request(url, init))
      expect([401, 405, 413, 415]).toContain(response.status)
      expect(await response.text()).toBe('')
      expect(last().outcome).toBe('rejected')
    },
  )

  test.prop([
    fc.constantFrom(standardWebhooks, stripe, slack),
    fc.array(header.filter(([name]) => name === 'content-type')),
    body,
    fc.boolean(),
  ])('signed', async (scheme, headers, content, typed) => {
    const { hook, outcomes } = receiver(
      { scheme, store: store(), ...(typed && { types: ['paid'] }) },
      (event: { payload: unknown }) => event.payload,
    )
    const response = await hook(await signedRequest(scheme, { url, secret, body: content, headers }))
    expect([200, 500]).toContain(response.status)
    expect(outcomes()[0]).toBe('verified')
    expect(outcomes()).toHaveLength(2)
  })
})
