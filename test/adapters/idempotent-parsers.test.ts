import { connect } from 'node:net'
import { idempotent as express } from 'countersign/express'
import { idempotent as fastify } from 'countersign/fastify'
import { idempotent as fetchStyle } from 'countersign/fetch'
import { idempotent as node } from 'countersign/node'
import createExpress, { type RequestHandler } from 'express'
import createFastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { defaults, type Handler, type Options, send, serveExpress, serveFastify } from './idempotent-mounts'
import { listen } from './mounts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** Answers the body that the handler was given, and what it is said to be. */
const echo: Handler = async (request, { reply }) =>
  reply({
    headers: { 'x-type': request.headers.get('content-type') ?? 'none' },
    body: new Uint8Array(await request.arrayBuffer()),
  })

async function behind(parsers: readonly RequestHandler[], options: Options = {}, handler = echo) {
  const given = defaults(options)
  const app = createExpress()
  for (const parser of parsers) app.use(parser)
  const server = await serveExpress(app.post('/payments', express(given.options, handler as never)))
  open.push(server)
  return { url: new URL('/payments', server.url).href, seen: given.seen }
}

describe('Express', () => {
  const form = 'application/x-www-form-urlencoded'
  const keep: RequestHandler = createExpress.json({
    verify: (request, _response, bytes) => Object.assign(request, { rawBody: bytes }),
  })
  const keepText: RequestHandler = createExpress.json({
    verify: (request, _response, bytes) => Object.assign(request, { rawBody: String(bytes) }),
  })

  it.each<[string, RequestHandler[], string, string, string]>([
    ['json()', [createExpress.json()], 'application/json', ' {"b":1, "a":[1.50, null]}', '{"b":1,"a":[1.5,null]}'],
    ['json() of another type', [createExpress.json({ type: '*/*' })], 'application/vnd.x+json; a=b', '{ }', '{}'],
    ['json() without a type', [createExpress.json({ type: () => true })], '', '{ "a": 1 }', '{"a":1}'],
    ['json() that takes any value', [createExpress.json({ strict: false })], 'application/json', ' "a\\u0041" ', '"aA"'],
    ['json() of null', [createExpress.json({ strict: false })], 'application/json', ' null', 'null'],
    ['json() that skips what is no JSON', [createExpress.json()], 'text/csv', 'a, b\n', 'a, b\n'],
    ['json() that keeps `rawBody`', [keep], 'application/json', ' {"a": 1}', ' {"a": 1}'],
    ['json() that keeps `rawBody` as text', [keepText], 'application/json', ' {"a": 1}', ' {"a": 1}'],
    ['raw()', [createExpress.raw({ type: '*/*' })], 'application/json', ' {"a": 1}', ' {"a": 1}'],
    ['text()', [createExpress.text()], 'text/plain', ' é ', ' é '],
    ['text() of JSON', [createExpress.text({ type: '*/*' })], 'application/json', ' "é" ', ' "é" '],
    ['urlencoded()', [createExpress.urlencoded()], form, 'b=1&a=%C3%A9+x&a=2', 'b=1&a=%C3%A9+x&a=2'],
    [
      'version 4, which leaves {} where it skips',
      [(request, _response, next) => next(Object.assign(request, { body: {} }) && undefined)],
      'text/csv',
      'a',
      'a',
    ],
  ])('after %s', async (_, parsers, type, body, expected) => {
    const { url, seen } = await behind(parsers)
    const answer = await send(url, { key: 'k', body: new TextEncoder().encode(body), headers: { 'content-type': type } })
    expect(answer).toMatchObject({ status: 200, text: expected, headers: { 'x-type': type } })
    expect(
      (await send(url, { key: 'k', body: new TextEncoder().encode(body), headers: { 'content-type': type } })).headers,
    ).toMatchObject({
      'idempotent-replayed': 'true',
    })
    expect(seen.map(({ outcome }) => outcome)).toEqual(['executed', 'replayed'])
  })

  it.each<[string, RequestHandler[], string, string]>([
    [
      'something that only reads',
      [(request, _response, next) => void request.resume().once('end', () => next())],
      'application/json',
      '{}',
    ],
    [
      'something of version 4 that only reads',
      [
        (request, _response, next) =>
          void Object.assign(request, { body: {} })
            .resume()
            .once('end', () => next()),
      ],
      'multipart/form-data; boundary=x',
      '--x--',
    ],
    ['a form that is nested', [createExpress.urlencoded({ extended: true })], form, 'a[b]=1'],
    [
      'a parser of its own values',
      [createExpress.json({ reviver: (_, value) => (value === 1 ? 1n : value) })],
      'application/json',
      '{"a":1}',
    ],
    ['an encoding', [(request, _response, next) => next(request.setEncoding('utf8') && undefined)], 'application/json', '{}'],
  ])('after %s there is no body to be had: 500, and the hint says so', async (_, parsers, type, body) => {
    const { url, seen } = await behind(parsers)
    const answer = await send(url, { key: 'k', body, headers: { 'content-type': type } })
    expect(answer).toMatchObject({ status: 500, text: '' })
    expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_consumed', hint: expect.stringMatching(/body|setEncoding/) }])
  })

  it('takes the fields of a form in another order for the same', async () => {
    const { url } = await behind([createExpress.urlencoded()])
    const post = (body: string) => send(url, { key: 'k', body, headers: { 'content-type': form } })
    expect((await post('a=1&b=2&a=3')).status).toBe(200)
    expect((await post('b=2&a=1&a=3')).headers['idempotent-replayed']).toBe('true')
    expect((await post('b=2&a=3&a=1')).status).toBe(422)
  })

  it('says the length of what it gives', async () => {
    const { url } = await behind([createExpress.json()], {}, (request, { reply }) =>
      reply({ body: request.headers.get('content-length') ?? 'none' }),
    )
    expect((await send(url, { key: 'k', body: '{  "a": 1 }' })).text).toBe('7')
    const chunked = new Blob(['{  "a": 1 }']).stream()
    const headers = { 'idempotency-key': 'chunked', 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: chunked, duplex: 'half' } as never)
    expect([response.status, await response.text()]).toEqual([200, 'none'])
  })

  it('refuses a body that a parser has made too large, or nested deeper than can be written', async () => {
    const { url } = await behind([createExpress.json({ limit: '10mb' })], { maxBodyBytes: 1_000_000 })
    expect((await send(url, { key: 'k', body: JSON.stringify(['x'.repeat(1_000_000)]) })).status).toBe(413)
    expect((await send(url, { key: 'k', body: `${'['.repeat(400_000)}${']'.repeat(400_000)}` })).status).toBe(500)
    expect((await send(url, { key: 'k' })).status).toBe(200)
  })

  it('answers where a body of nothing has ended before, and where the client has left before', async () => {
    const late: RequestHandler = (request, _response, next) => void request.once('close', () => setImmediate(next))
    const { url } = await behind([createExpress.json(), late])
    const { port, hostname } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write(
      'POST /payments HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()

    const { url: other, seen } = await behind([
      (request, _response, next) => void request.once('close', () => setImmediate(next)),
    ])
    const leaving = connect(Number(new URL(other).port), hostname)
    leaving.on('error', () => undefined)
    leaving.write('POST /payments HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 5\r\n\r\n{', () =>
      leaving.destroy(),
    )
    await expect.poll(() => seen).toMatchObject([{ outcome: 'rejected', code: 'body_incomplete', status: 400 }])
  })

  it('knows the whole URL in a router, and the protocol behind a trusted proxy', async () => {
    const { options, seen } = defaults()
    const app = createExpress().set('trust proxy', true)
    const route = express(options, (request, { reply }) => reply({ body: request.url }))
    app.use('/api', createExpress.Router().post('/payments/:id', route))
    const server = await serveExpress(app)
    open.push(server)
    const { host } = new URL(server.url)
    const answer = await send(`http://${host}/api/payments/1?a=b`, { key: 'k', headers: { 'x-forwarded-proto': 'https' } })
    expect(answer.text).toBe(`https://${host}/api/payments/1?a=b`)
    expect(seen).toMatchObject([{ key: 'alice/POST/%2Fapi%2Fpayments%2F1/k' }])
  })
})

describe('Fastify', () => {
  async function app(prepare: (instance: FastifyInstance) => void = () => undefined) {
    const { options, seen } = defaults()
    const instance = createFastify()
    prepare(instance)
    instance.post('/payments', fastify(options, echo as never))
    const server = await serveFastify(instance)
    open.push(server)
    return { ...server, seen }
  }

  it.each<[string, (instance: FastifyInstance) => void, string, string, string]>([
    ['its own parsers', () => undefined, 'application/json', ' {"b": 1, "a": 2}', '{"b":1,"a":2}'],
    ['its own parsers, of null', () => undefined, 'application/json', ' null ', 'null'],
    ['its own parsers, of a text', () => undefined, 'application/json', ' "a" ', '"a"'],
    [
      'its own parsers, of a stream’s name',
      () => undefined,
      'application/json',
      '{"on":1, "off":1, "resume":1}',
      '{"on":1,"off":1,"resume":1}',
    ],
    ['its own parsers', () => undefined, 'text/plain', ' é ', ' é '],
    [
      'a parser that keeps the bytes',
      (instance) => {
        instance.removeAllContentTypeParsers()
        instance.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes))
      },
      'application/json',
      ' {"a": 1}',
      ' {"a": 1}',
    ],
    [
      'a parser that hands on the stream',
      (instance) => instance.addContentTypeParser('image/x', (_request, payload, done) => done(null, payload)),
      'image/x',
      ' bytes ',
      ' bytes ',
    ],
    [
      'a hook that keeps `rawBody`',
      (instance) =>
        void instance.addHook('preHandler', async (request) => void Object.assign(request, { rawBody: Buffer.from('{ }') })),
      'application/json',
      '{ }',
      '{ }',
    ],
  ])('after %s', async (_, prepare, type, body, expected) => {
    const { url } = await app(prepare)
    const sent = { key: 'k', body, headers: { 'content-type': type } }
    expect(await send(url, sent)).toMatchObject({ status: 200, text: expected, headers: { 'x-type': type } })
    expect((await send(url, sent)).headers['idempotent-replayed']).toBe('true')
  })

  it('works with inject, and runs its hooks', async () => {
    const { options } = defaults()
    const instance = createFastify()
    const sent: unknown[] = []
    instance.addHook('onSend', async (_request, reply) => void sent.push(reply.statusCode))
    instance.post('/payments', fastify(options, echo as never))
    const request = { method: 'POST', url: '/payments', headers: { 'idempotency-key': 'k' }, payload: { a: 1 } } as const
    expect((await instance.inject(request)).body).toBe('{"a":1}')
    expect((await instance.inject(request)).headers['idempotent-replayed']).toBe('true')
    expect(sent).toEqual([200, 200])
    await instance.close()
  })
})

describe('fetch', () => {
  const url = 'https://shop.example/payments'
  const post = (init: RequestInit = {}) =>
    new Request(url, { method: 'POST', headers: { 'idempotency-key': 'k' }, body: '{}', ...init })

  it.each<[string, (request: Request) => unknown]>([
    ['has read', (request) => request.text()],
    ['is reading', (request) => request.body?.getReader()],
  ])('refuses a request that something %s', async (_, read) => {
    const { options, seen } = defaults()
    const route = fetchStyle(options, echo as never)
    const request = post()
    await read(request)
    expect((await route(request)).status).toBe(500)
    expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_consumed' }])
  })

  it('refuses two keys, which the platform has joined', async () => {
    const { options } = defaults()
    const headers = new Headers({ 'idempotency-key': '"a"' })
    headers.append('idempotency-key', '"b"')
    expect((await fetchStyle(options, echo as never)(post({ headers }))).status).toBe(400)
  })

  it('refuses a content-encoding that came twice', async () => {
    const { options } = defaults()
    const headers = new Headers({ 'idempotency-key': 'a', 'content-encoding': 'identity' })
    headers.append('content-encoding', 'identity')
    expect((await fetchStyle(options, echo as never)(post({ headers }))).status).toBe(415)
  })
})

describe('Node', () => {
  /** What a server answers to these very bytes. */
  async function raw(text: string) {
    const { options, seen } = defaults()
    const server = await listen(node(options, echo as never))
    open.push(server)
    const { port, hostname } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(text)
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
    socket.destroy()
    return { answer, seen }
  }

  it.each([
    ['a method that no `Request` has', 'TRACE /payments HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a host that is none', 'POST /payments HTTP/1.1\r\nhost: a b\r\nidempotency-key: k\r\ncontent-length: 0\r\n\r\n'],
    ['a host with a password', 'POST /payments HTTP/1.1\r\nhost: a:b@c\r\nidempotency-key: k\r\ncontent-length: 0\r\n\r\n'],
    ['a path that is no URL', 'POST http://[ HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 0\r\n\r\n'],
    [
      'a content-encoding that came twice',
      'POST / HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-encoding: a\r\ncontent-encoding: b\r\ncontent-length: 0\r\n\r\n',
    ],
  ])('answers 400 to %s', async (_, text) => {
    const { answer, seen } = await raw(text)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('#malformed_request')
    expect(seen).toMatchObject([{ outcome: 'rejected', code: 'malformed_request' }])
  })

  it('takes an absolute URL', async () => {
    const { answer } = await raw(
      'POST http://x/payments HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 2\r\n\r\n{}',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})
