import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  LambdaFunctionURLEvent,
} from 'aws-lambda'
import { generateSecret, sign } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { idempotent, type LambdaEvent, webhook } from 'countersign/lambda'
import { github, standardWebhooks } from 'countersign/schemes'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'

const secret = generateSecret()

describe('webhook', () => {
  it('knows the URL as it was called, whatever has sent the event', async () => {
    const urls: string[] = []
    const look = ({ url }: { url: URL }) => {
      urls.push(url.href)
      return undefined
    }
    const handle = webhook({ scheme: standardWebhooks, secret: look }, () => undefined)
    const events: LambdaEvent[] = [
      {
        version: '2.0',
        rawPath: '/v/hooks',
        rawQueryString: 'a=%20',
        requestContext: { http: { method: 'POST' }, domainName: 'a.example' },
      },
      {
        httpMethod: 'POST',
        path: '/hooks',
        queryStringParameters: { a: 'x y' },
        requestContext: { path: '/stage/hooks', domainName: 'b.example' },
      },
      {
        httpMethod: 'POST',
        path: '/hooks',
        multiValueQueryStringParameters: { a: ['1', '2'] },
        requestContext: { path: '/stage/hooks', domainName: 'b.example' },
      },
      {
        httpMethod: 'POST',
        path: '/hooks',
        queryStringParameters: { a: 'x%20y' },
        headers: { Host: 'c.example' },
        requestContext: { elb: {} },
      },
      { httpMethod: 'POST', requestContext: {} },
    ]
    for (const event of events) expect((await handle(event)).statusCode).toBe(401)
    expect(urls).toEqual([
      'https://a.example/v/hooks?a=%20',
      'https://b.example/stage/hooks?a=x%20y',
      'https://b.example/stage/hooks?a=1&a=2',
      'https://c.example/hooks?a=x%20y',
      'https://localhost/',
    ])
  })

  it('gives the event to who looks a secret up', async () => {
    const contexts: unknown[] = []
    const look = ({ context, params }: { context?: unknown; params: object }) => {
      contexts.push(context, params)
      return undefined
    }
    const event: LambdaEvent = { httpMethod: 'POST', pathParameters: { account: 'acct_1' } }
    await webhook({ scheme: standardWebhooks, secret: look }, () => undefined)(event)
    expect(contexts).toEqual([event, { account: 'acct_1' }])
  })

  it('answers what is no event of a request, and a body that is no base64', async () => {
    const seen: object[] = []
    const handle = webhook({ scheme: github, secret, observe: (observation) => seen.push(observation) }, () => undefined)
    expect(await handle({})).toEqual({ statusCode: 405, headers: { allow: 'POST' }, body: '', isBase64Encoded: false })
    expect((await handle({ httpMethod: 'POST', body: '{}', isBase64Encoded: true })).statusCode).toBe(401)
    expect(seen).toMatchObject([
      { code: 'method_not_allowed' },
      { code: 'body_incomplete', hint: expect.stringContaining('base64') },
    ])
  })

  it('replies with text as text, and with bytes as base64', async () => {
    const bodies = ['text', new Uint8Array([255])]
    const handle = webhook({ scheme: github, secret }, (_event, { reply }) => reply({ body: bodies.shift() ?? '' }))
    const event = { httpMethod: 'POST', headers: await sign(github, { secret, body: '{}' }), body: '{}' }
    expect(await handle(event)).toMatchObject({ body: 'text', isBase64Encoded: false })
    expect(await handle(event)).toMatchObject({ body: '/w==', isBase64Encoded: true })
  })

  it('takes the events, and gives the results, that @types/aws-lambda says', () => {
    const handle = webhook({ scheme: github, secret }, () => undefined)
    type Taken = Parameters<typeof handle>[0]
    expectTypeOf<APIGatewayProxyEvent>().toExtend<Taken>()
    expectTypeOf<APIGatewayProxyEventV2>().toExtend<Taken>()
    expectTypeOf<LambdaFunctionURLEvent>().toExtend<Taken>()
    expectTypeOf<ALBEvent>().toExtend<Taken>()
    expectTypeOf<Awaited<ReturnType<typeof handle>>>().toExtend<APIGatewayProxyResult>()
  })
})

describe('idempotent', () => {
  const event: LambdaEvent = { httpMethod: 'POST', path: '/payments', headers: { 'Idempotency-Key': 'k1' }, body: '{"amount":5}' }
  const setUp = () => {
    const handler = vi.fn(() => {
      const response = new Response('made', { status: 201 })
      response.headers.append('set-cookie', 'a=1')
      response.headers.append('set-cookie', 'b=2')
      return response
    })
    const scope = (_request: Request, { path = '' }: LambdaEvent) => path
    return { handle: idempotent({ store: memoryStore(), scope }, handler), handler }
  }

  it('gives a repeated request the first answer', async () => {
    const { handle, handler } = setUp()
    expect(await handle(event)).toMatchObject({ statusCode: 201, body: 'made' })
    expect(await handle(event)).toMatchObject({ statusCode: 201, body: 'made', headers: { 'idempotent-replayed': 'true' } })
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('sends cookies in the form of whoever sent the event', async () => {
    const multiValueHeaders = { 'idempotency-key': ['k1'] }
    const first = (more: object) => setUp().handle({ ...event, ...more })
    const version2 = { version: '2.0', rawPath: '/payments', requestContext: { http: { method: 'POST' } } }
    expect((await first(version2)).cookies).toEqual(['a=1', 'b=2'])
    expect((await first({ multiValueHeaders })).multiValueHeaders).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] })
    // A load balancer without multi-value headers can send one.
    expect((await first({})).headers).toMatchObject({ 'set-cookie': 'a=1' })
  })
})
