import { defineScheme, generateSecret } from 'countersign'
import { webhook } from 'countersign/fetch'
import { standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, it } from 'vitest'

const secret = generateSecret()
const url = 'https://shop.example/hooks/acct_1'

describe('the fetch adapter', () => {
  it.each<[string, unknown, object]>([
    ['parameters', { params: { account: 'acct_1' } }, { account: 'acct_1' }],
    ['parameters to come', { params: Promise.resolve({ account: 'acct_1' }) }, {}],
    ['no parameters', { env: {} }, {}],
    ['null for parameters', { params: null }, {}],
    ['nothing', undefined, {}],
    ['null', null, {}],
  ])('hands over the platform’s context with %s', async (_, context, params) => {
    const seen: object[] = []
    const hook = webhook(
      {
        scheme: standardWebhooks,
        secret: ({ params: given, context: own }) => {
          seen.push({ params: given, context: own })
          return { account: 'a', secret }
        },
      },
      () => undefined,
    )
    const response = await hook(await signedRequest(standardWebhooks, { url, secret, body: '{}' }), context)
    expect(response.status).toBe(200)
    expect(seen).toEqual([{ params, context }])
  })
})

describe('signedRequest', () => {
  it('is what the provider would send', async () => {
    const request = await signedRequest(standardWebhooks, {
      url,
      secret,
      body: '{"a":1}',
      id: 'msg_1',
      headers: [
        ['x-topic', 'a'],
        ['x-topic', 'b'],
      ],
    })
    expect([request.method, request.url, await request.text()]).toEqual(['POST', url, '{"a":1}'])
    expect(Object.fromEntries(request.headers)).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'x-topic': 'a, b',
    })
  })

  it('keeps a content type, and signs the URL and the method where the scheme does', async () => {
    const acme = defineScheme({ name: 'acme', content: ['method', 'url', 'body'], signature: { header: 'x-sig' } })
    const request = await signedRequest(acme, {
      url: new URL(url),
      method: 'PUT',
      secret,
      body: 'a=1',
      headers: { 'Content-Type': 'text/csv' },
    })
    expect([request.method, request.headers.get('content-type'), request.headers.get('x-sig')]).toEqual([
      'PUT',
      'text/csv',
      expect.any(String),
    ])
  })
})
