import { memoryStore } from 'countersign/idempotency'
import { idempotent, type LambdaEvent, webhook } from 'countersign/lambda'
import { github, square, standardWebhooks } from 'countersign/schemes'
import { signedRequest } from 'countersign/testing'
import { describe, expect, test } from 'vitest'
import { secret } from '../receiver/harness'

const body = '{"type":"paid","text":"é"}'
const url = 'https://api.example/stage/hooks?a=1&b=%20x'
const base64 = (text: string) => Buffer.from(text).toString('base64')

type Parts = { readonly method: string; readonly headers: Record<string, string>; readonly body: string }

/** The same request as each of them hands it over. */
const events: Readonly<Record<string, (parts: Parts) => LambdaEvent>> = {
  'API Gateway 2.0': ({ method, headers, body: text }) => ({
    rawPath: '/stage/hooks',
    rawQueryString: 'a=1&b=%20x',
    headers,
    requestContext: { http: { method }, domainName: 'api.example' },
    body: text,
    isBase64Encoded: false,
  }),
  'a function URL, in base64': ({ method, headers, body: text }) => ({
    rawPath: '/stage/hooks',
    rawQueryString: 'a=1&b=%20x',
    headers,
    requestContext: { http: { method }, domainName: 'api.example' },
    body: base64(text),
    isBase64Encoded: true,
  }),
  'API Gateway 1.0': ({ method, headers, body: text }) => ({
    httpMethod: method,
    path: '/hooks',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    multiValueQueryStringParameters: { a: ['1'], b: [' x'] },
    requestContext: { path: '/stage/hooks', domainName: 'api.example' },
    body: text,
    isBase64Encoded: false,
  }),
  'a load balancer': ({ method, headers, body: text }) => ({
    httpMethod: method,
    path: '/stage/hooks',
    headers: { host: 'api.example', ...headers },
    queryStringParameters: { a: '1', b: ' x' },
    body: text,
    isBase64Encoded: false,
  }),
}

async function genuine(more: Partial<Parts> = {}, scheme = standardWebhooks, signed = body): Promise<Parts> {
  const request = await signedRequest(scheme, { url, secret, body: signed, id: 'msg_1' })
  return { method: 'POST', headers: Object.fromEntries(request.headers), body: signed, ...more }
}

const empty = (statusCode: number, headers = {}) => ({ statusCode, headers, body: '', isBase64Encoded: false })

describe.each(Object.entries(events))('behind %s', (_, eventOf) => {
  test('answers as every adapter does', async () => {
    const payloads: unknown[] = []
    const handler = webhook({ scheme: standardWebhooks, secret, maxBodyBytes: 100 }, ({ payload }) => void payloads.push(payload))
    expect(await handler(eventOf(await genuine()))).toEqual(empty(200))
    expect(payloads).toEqual([JSON.parse(body)])
    expect(await handler(eventOf(await genuine({ body: `${body} ` })))).toEqual(empty(401))
    expect(await handler(eventOf(await genuine({ headers: {} })))).toEqual(empty(401))
    expect(await handler(eventOf(await genuine({ method: 'GET' })))).toEqual(empty(405, { allow: 'POST' }))
    expect(await handler(eventOf(await genuine({ body: 'x'.repeat(101) })))).toEqual(empty(413))
    const { headers } = await genuine()
    expect(await handler(eventOf(await genuine({ headers: { ...headers, 'content-encoding': 'gzip' } })))).toEqual(empty(415))
    expect(payloads).toHaveLength(1)
  })

  test('knows the URL that was called, the event and the parameters', async () => {
    const seen: unknown[] = []
    const handler = webhook(
      {
        scheme: standardWebhooks,
        secret: ({ url: called, method, context, params }) => {
          seen.push([called.pathname, called.searchParams.get('b'), method, params])
          expect(context).toHaveProperty('body')
          return { account: 'a', secret }
        },
      },
      () => undefined,
    )
    await handler({ ...eventOf(await genuine()), pathParameters: { account: 'acct_1' } })
    expect(seen).toEqual([['/stage/hooks', ' x', 'POST', { account: 'acct_1' }]])
  })

  test('gives text as text, and bytes in base64', async () => {
    const answers: unknown[] = ['é', new Uint8Array([255, 0])]
    const handler = webhook({ scheme: github, secret }, (__, { reply }) => reply({ status: 201, body: answers.shift() }))
    const sent = async () => handler(eventOf(await genuine({}, github)))
    expect(await sent()).toMatchObject({ statusCode: 201, body: 'é', isBase64Encoded: false })
    expect(await sent()).toMatchObject({ body: '/wA=', isBase64Encoded: true })
  })
})

test('an event of API Gateway 2.0 has the URL to the letter, for schemes that sign it', async () => {
  const handler = webhook({ scheme: square, secret }, () => undefined)
  const parts = await genuine({}, square, '{"event_id":"evt_1"}')
  expect(await handler(events['API Gateway 2.0']?.(parts) ?? {})).toEqual(empty(200))
})

test('a header that came twice is refused where the event tells it', async () => {
  const handler = webhook({ scheme: standardWebhooks, secret }, () => undefined)
  const event = events['API Gateway 1.0']?.(await genuine()) ?? {}
  const twice = { ...event.multiValueHeaders, 'webhook-id': ['msg_1', 'msg_1'] }
  expect(await handler({ ...event, multiValueHeaders: twice })).toEqual(empty(401))
})

test('what is no event is answered all the same', async () => {
  const handler = webhook({ scheme: standardWebhooks, secret }, () => undefined)
  expect(await handler({})).toEqual(empty(405, { allow: 'POST' }))
  expect(await handler({ httpMethod: 'POST', body: null })).toEqual(empty(401))
  expect(await handler({ httpMethod: 'POST', body: '%%', isBase64Encoded: true })).toEqual(empty(401))
})

test('idempotent answers a key once, with its cookies', async () => {
  let runs = 0
  const handler = idempotent({ store: memoryStore(), scope: () => 'alice' }, (_, { platform }) => {
    runs++
    expect(platform.httpMethod).toBe('POST')
    return new Response('made', {
      status: 201,
      headers: [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ] as never,
    })
  })
  const event: LambdaEvent = { httpMethod: 'POST', path: '/payments', headers: { 'idempotency-key': 'k1' }, body: '{}' }
  const first = await handler(event)
  expect(first).toMatchObject({
    statusCode: 201,
    body: 'made',
    cookies: ['a=1', 'b=2'],
    multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
  })
  expect(await handler(event)).toMatchObject({ statusCode: 201, body: 'made', headers: { 'idempotent-replayed': 'true' } })
  expect(runs).toBe(1)
})
