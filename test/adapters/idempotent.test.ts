import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createIdempotency, memoryStore } from 'countersign/idempotency'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Api, adapters, type Handler, type Options, send, serve } from './idempotent-mounts'

const open: Api[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()))
})

const replayed = (first: Awaited<ReturnType<typeof send>>) => ({
  ...first,
  headers: { ...first.headers, 'idempotent-replayed': 'true' },
})

/** The whole of a problem, apart from what its text says. */
const problem = (status: number, code: string, headers: object = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'content-length': expect.any(String), ...headers },
  body: {
    type: expect.stringMatching(new RegExp(`^https://.*#${code}$`)),
    title: expect.any(String),
    status,
    detail: expect.any(String),
  },
})
const asProblem = ({ status, headers, text }: Awaited<ReturnType<typeof send>>) => ({ status, headers, body: JSON.parse(text) })

describe.each(Object.keys(adapters))('%s', (adapter) => {
  /** An API that makes a payment for each run of its handler. */
  async function api(options: Options = {}, handler?: Handler) {
    const runs: Request[] = []
    const made = await serve(adapter, options, (request, context) => {
      runs.push(request)
      return handler ? handler(request, context) : context.reply({ status: 201, body: { payment: runs.length } })
    })
    open.push(made)
    return { ...made, runs }
  }
  const isParsed = adapter === 'fastify' || adapter.includes('json()')

  it('runs the handler once and gives the same answer again, to the byte', async () => {
    const { url, runs, seen } = await api({}, async (request, { reply }) =>
      reply({
        status: 201,
        headers: { location: '/payments/1', 'X-Note': 'é' },
        body: { got: await request.json(), run: runs.length },
      }),
    )
    const first = await send(url, { key: 'k' })
    expect(first).toMatchObject({ status: 201, text: '{"got":{"amount":5},"run":1}' })
    expect(first.headers).toEqual({
      'content-type': expect.stringContaining('application/json'),
      'content-length': '28',
      location: '/payments/1',
      'x-note': 'é',
    })
    for (let at = 0; at < 3; at++) expect(await send(url, { key: 'k' })).toEqual(replayed(first))
    expect(runs).toHaveLength(1)
    expect(seen.map(({ outcome }) => outcome)).toEqual(['executed', 'replayed', 'replayed', 'replayed'])
    expect(seen[0]).toEqual({
      outcome: 'executed',
      method: 'POST',
      key: 'alice/POST/%2Fpayments/k',
      status: 201,
      attempt: 1,
      kept: true,
      durationMs: expect.any(Number),
    })
  })

  it.each<[string, () => unknown]>([
    ['a Response', () => Response.json({ a: 1 }, { status: 201, headers: { 'x-note': 'a' } })],
    [
      'a Response of bytes',
      () =>
        new Response(
          Uint8Array.from({ length: 256 }, (_, at) => at),
          { headers: { 'content-type': 'image/x' } },
        ),
    ],
    [
      'a Response of a stream',
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              for (let at = 0; at < 3; at++) controller.enqueue(new Uint8Array(20_000).fill(at))
              controller.close()
            },
          }),
          { headers: { 'content-type': 'application/octet-stream' } },
        ),
    ],
    ['an empty Response', () => new Response(null, { status: 204 })],
    ['a redirection', () => new Response(null, { status: 303, headers: { location: '/payments/1' } })],
    ['a refusal', () => Response.json({ error: 'card_declined' }, { status: 402 })],
    ['not found', () => new Response('nothing here', { status: 404 })],
  ])('replays %s', async (_, answer) => {
    const { url, runs } = await api({}, answer)
    const first = await send(url, { key: 'k' })
    expect(first.status).toBe((answer() as Response).status)
    expect(first.bytes).toEqual(new Uint8Array(await (answer() as Response).arrayBuffer()))
    expect(await send(url, { key: 'k' })).toEqual(replayed(first))
    expect(runs).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['nothing', {}],
    ['204', { status: 204 }],
    ['204 with a body, which is none', { status: 204, body: 'x' }],
    ['bytes', { body: new Uint8Array([0, 10, 255]) }],
    ['text that begins with a line', { body: '\n{"status":500}\n' }],
  ])('replays a reply of %s', async (_, given) => {
    const { url, runs } = await api({}, (_request, { reply }) => reply(given))
    const first = await send(url, { key: 'k' })
    expect(await send(url, { key: 'k' })).toEqual(replayed(first))
    expect(runs).toHaveLength(1)
  })

  it('takes a quoted key, the bare one and one with spaces around for the same', async () => {
    const { url, runs } = await api()
    for (const key of [
      '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
      '8e03978e-40d5-43e8-bc93-6894a57f9324',
      '  "8e03978e-40d5-43e8-bc93-6894a57f9324"\t',
    ])
      expect(await send(url, { key })).toMatchObject({ status: 201, text: '{"payment":1}' })
    expect(runs).toHaveLength(1)
    for (const [quoted, isNew] of [
      ['"with space, comma; and = more"', true],
      ['"with space, comma; and = more" ', false],
      [String.raw`"a\"b\\"`, true],
    ] as const) {
      const { headers } = await send(url, { key: quoted })
      expect(headers['idempotent-replayed']).toBe(isNew ? undefined : 'true')
    }
    expect(runs).toHaveLength(3)
  })

  it('refuses a request without a key', async () => {
    const { url, runs, seen } = await api()
    expect(asProblem(await send(url))).toEqual(problem(400, 'missing_key'))
    expect(runs).toHaveLength(0)
    expect(seen).toMatchObject([{ outcome: 'rejected', code: 'missing_key', status: 400 }])
  })

  it('refuses what is no key', async () => {
    const { url, runs } = await api()
    for (const key of [
      '',
      '""',
      '"',
      '"a',
      'a"',
      '"a" "b"',
      '"a", "b"',
      '"a";v=1',
      'a b',
      'a,b',
      'a;b=c',
      '(a)',
      'é',
      '"é"',
      '"\u00ff"',
      String.raw`"a\b"`,
      String.raw`"a\"`,
      ':binary=:?',
      'x'.repeat(256),
      `"${'x'.repeat(256)}"`,
    ])
      expect(asProblem(await send(url, { key })), key).toEqual(problem(400, 'malformed_key'))
    expect(runs).toHaveLength(0)
    for (const key of ['x'.repeat(255), `"${'"'.repeat(255).replaceAll('"', '\\"')}"`])
      expect(await send(url, { key })).toMatchObject({ status: 201 })
  })

  it('refuses a key that came in two values, also of the same', async () => {
    const { url, runs } = await api()
    for (const keys of [
      ['a', 'b'],
      ['a', 'a'],
      ['"a"', '"b"'],
    ]) {
      const status = await new Promise((resolve, reject) => {
        const headers = [
          'host',
          'x',
          'content-type',
          'application/json',
          'content-length',
          '2',
          ...keys.flatMap((key) => ['Idempotency-Key', key]),
        ]
        const request = httpRequest(url, { method: 'POST', headers: headers as never }, (response) =>
          resolve(response.resume().statusCode),
        )
        request.on('error', reject)
        request.end('{}')
      })
      expect(status).toBe(400)
    }
    expect(runs).toHaveLength(0)
  })

  it('refuses a key that was used with another body or query', async () => {
    const { url, runs, seen } = await api()
    const first = await send(url, { key: 'k' })
    for (const [path, body] of [
      ['', '{"amount":6}'],
      ['', '{"amount":5,"more":1}'],
      ['', '[]'],
      ['?dry=1', '{"amount":5}'],
    ])
      expect(asProblem(await send(`${url}${path}`, { key: 'k', body: body as string }))).toEqual(problem(422, 'mismatch'))
    expect(seen.at(-1)).toMatchObject({ outcome: 'mismatch', key: 'alice/POST/%2Fpayments/k', status: 422 })
    expect(await send(url, { key: 'k' })).toEqual(replayed(first))
    expect(runs).toHaveLength(1)
  })

  it('takes another order and white space for the same body only where a parser ran first', async () => {
    const { url, runs } = await api()
    await send(url, { key: 'k', body: '{"amount":5,"to":{"a":1,"b":[1,{"c":2,"d":3}]}}' })
    const { status } = await send(url, { key: 'k', body: ' { "to": {"b":[1, {"d":3,"c":2}], "a":1.0}, "amount": 5 }\n' })
    expect(status).toBe(isParsed ? 201 : 422)
    expect((await send(url, { key: 'k', body: '{"amount":5,"to":{"a":1,"b":[{"c":2,"d":3},1]}}' })).status).toBe(422)
    expect(runs).toHaveLength(1)
  })

  it('takes the key of another path or method for another key', async () => {
    const { url, runs } = await api()
    await send(url, { key: 'k' })
    expect((await send(url.replace('payments', 'refunds'), { key: 'k' })).text).toBe('{"payment":2}')
    expect((await send(url, { key: 'k', method: 'PATCH' })).text).toBe('{"payment":3}')
    expect((await send(url, { key: 'k' })).text).toBe('{"payment":1}')
    expect(runs).toHaveLength(3)
  })

  it('never gives a caller what another caller was answered', async () => {
    const { url, runs } = await api({}, async (request, { reply }) => reply({ body: `for ${request.headers.get('x-caller')}` }))
    const callers = [
      'alice',
      'bob',
      'alice/POST',
      'alice/POST/%2Fpayments',
      'alice%2FPOST',
      'Alice',
      'x'.repeat(600),
      'x'.repeat(601),
    ]
    for (const again of [false, true]) {
      for (const caller of callers) {
        for (const key of ['k', 'POST/k', '%2Fpayments/k', '/POST/%252Fpayments/k']) {
          const { text, headers } = await send(url, { key, headers: { 'x-caller': caller } })
          expect([text, headers['idempotent-replayed']]).toEqual([`for ${caller}`, again ? 'true' : undefined])
        }
      }
    }
    expect(runs).toHaveLength(4 * callers.length)
  })

  it('answers 50 requests at once: one run, and 409 or the replay for every other', async () => {
    let finish: () => void = () => undefined
    const done = new Promise<void>((resolve) => (finish = resolve))
    const { url, runs, seen } = await api({ leaseSeconds: 20 }, async (_, { reply }) => {
      await done
      return reply({ status: 201, body: 'made' })
    })
    let answered = 0
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await send(url, { key: 'k' })
        if (++answered === 25) finish()
        return answer
      }),
    )
    expect(runs).toHaveLength(1)
    const kinds = answers.map(({ status, headers }) => `${status} ${headers['idempotent-replayed']}`)
    expect(kinds.filter((kind) => kind === '201 undefined')).toHaveLength(1)
    const late = answers.filter(({ status }) => status === 409)
    expect(late.length).toBeGreaterThanOrEqual(25)
    expect(late.length + kinds.filter((kind) => kind.startsWith('201')).length).toBe(50)
    for (const answer of late)
      expect(asProblem(answer)).toEqual(problem(409, 'in_progress', { 'retry-after': expect.stringMatching(/^(1\d|20)$/) }))
    expect(seen.filter(({ outcome }) => outcome === 'in-progress')).toHaveLength(late.length)
    expect((await send(url, { key: 'k' })).text).toBe('made')
  })

  it.each<[string, Handler, number, string]>([
    ['answers 5xx', (_, { reply }) => reply({ status: 503, headers: { 'retry-after': '7' }, body: 'busy' }), 503, 'busy'],
    ['answers a Response of 5xx', () => new Response('no', { status: 500 }), 500, 'no'],
    [
      'throws',
      () => {
        throw new Error('secret reason')
      },
      500,
      '',
    ],
    ['rejects with nothing', () => Promise.reject(undefined), 500, ''],
    ['returns nothing', () => undefined, 500, ''],
    ['returns what is no answer', () => ({ status: 200 }), 500, ''],
    ['gives no status', (_, { reply }) => reply({ status: 99 }), 500, ''],
    ['gives an error for a Response', () => Response.error(), 500, ''],
    [
      'gives a Response that was read',
      async () => {
        const response = new Response('a')
        await response.text()
        return response
      },
      500,
      '',
    ],
    ['gives a header that cannot be sent', (_, { reply }) => reply({ headers: { 'x-note': 'a\r\nset-cookie: b' } }), 500, ''],
    ['gives a header that has no name', (_, { reply }) => reply({ headers: { 'x note': 'a' } }), 500, ''],
    [
      'gives a body that breaks',
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })),
      500,
      '',
    ],
  ])('releases the key when the handler %s', async (_, fail, status, text) => {
    let isHealthy = false
    const attempts: number[] = []
    const { url, seen } = await api({}, (request, context) => {
      attempts.push(context.attempt)
      return isHealthy ? context.reply({ status: 201 }) : fail(request, context)
    })
    expect(await send(url, { key: 'k' })).toMatchObject({ status, text })
    expect(seen).toMatchObject([{ outcome: 'failed', code: 'handler_failed', status, key: 'alice/POST/%2Fpayments/k' }])
    isHealthy = true
    const second = await send(url, { key: 'k' })
    expect([second.status, second.headers['idempotent-replayed']]).toEqual([201, undefined])
    expect((await send(url, { key: 'k' })).headers['idempotent-replayed']).toBe('true')
    expect(attempts).toEqual([1, 2])
  })

  it('tells the observer, and nobody else, what a handler threw', async () => {
    const error = new Error('secret reason')
    const { url, seen } = await api({}, () => Promise.reject(error))
    expect((await send(url, { key: 'k' })).text).toBe('')
    expect(seen.at(-1)?.['error']).toBe(error)
  })

  it('goes on when the client is gone, and replays what came of it', async () => {
    let finish: () => void = () => undefined
    const done = new Promise<void>((resolve) => (finish = resolve))
    const { url, runs, seen } = await api({}, async (_, { reply }) => {
      await done
      return reply({ status: 201, body: 'made' })
    })
    const leaving = new AbortController()
    const left = send(url, { key: 'k', signal: leaving.signal }).catch((error: Error) => error.name)
    await vi.waitFor(() => expect(runs).toHaveLength(1))
    leaving.abort()
    expect(await left).toBe('AbortError')
    finish()
    await vi.waitFor(() => expect(seen).toMatchObject([{ outcome: 'executed' }]))
    expect(await send(url, { key: 'k' })).toMatchObject({ status: 201, text: 'made', headers: { 'idempotent-replayed': 'true' } })
    expect(runs).toHaveLength(1)
  })

  it('claims nothing for a client that is gone in the middle of its body', async () => {
    const { url, runs } = await api()
    const { port, hostname } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      'POST /payments HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"am',
    )
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.destroy()
    expect((await send(url, { key: 'k' })).headers['idempotent-replayed']).toBeUndefined()
    expect(runs).toHaveLength(1)
  })

  it('replays after a crash between the completion and the first byte', async () => {
    const store = memoryStore()
    let crash: () => void = () => undefined
    const crashing = {
      ...store,
      async complete(...given: Parameters<typeof store.complete>) {
        await store.complete(...given)
        crash()
        return new Promise<boolean>(() => undefined)
      },
    }
    const first = await api({ store: crashing })
    crash = () => void first.close()
    expect(await send(first.url, { key: 'k' }).catch(() => 'cut off')).toBe('cut off')
    const second = await api({ store })
    expect(await send(second.url, { key: 'k' })).toMatchObject({
      status: 201,
      text: '{"payment":1}',
      headers: { 'idempotent-replayed': 'true' },
    })
    expect([first.runs.length, second.runs.length]).toEqual([1, 0])
  })

  it('answers 503 and runs nothing while the store is down', async () => {
    const down = () => Promise.reject(new Error('no connection'))
    const { url, runs, seen } = await api({ store: { ...memoryStore(), claim: down } })
    expect(await send(url, { key: 'k' })).toMatchObject({ status: 503, text: '', headers: { 'retry-after': '5' } })
    expect(runs).toHaveLength(0)
    expect(seen).toMatchObject([{ outcome: 'failed', code: 'store_unavailable', status: 503 }])
  })

  it('answers 500 and releases nothing when the completion fails', async () => {
    const down = () => Promise.reject(new Error('no connection'))
    const { url, runs, seen } = await api({ store: { ...memoryStore(), complete: down } })
    expect(await send(url, { key: 'k' })).toMatchObject({ status: 500, text: '' })
    expect((await send(url, { key: 'k' })).status).toBe(409)
    expect(runs).toHaveLength(1)
    expect(seen[0]).toMatchObject({ outcome: 'failed', code: 'store_unavailable', status: 500 })
  })

  it('answers no 2xx when another request has taken the key over', async () => {
    const { url, seen } = await api({ store: { ...memoryStore(), complete: async () => false } })
    expect(await send(url, { key: 'k' })).toMatchObject({ status: 500, text: '' })
    expect(seen).toMatchObject([{ outcome: 'fenced', key: 'alice/POST/%2Fpayments/k', status: 500 }])
  })

  it('refuses a body over the limit, whether it says its length or not', async () => {
    const { url, runs } = await api({ maxBodyBytes: 100 })
    const body = JSON.stringify({ text: 'x'.repeat(90) })
    expect(asProblem(await send(url, { key: 'k', body }))).toEqual(problem(413, 'body_too_large'))
    const status = await new Promise((resolve, reject) => {
      const headers = { 'idempotency-key': 'k', 'content-type': 'application/json' }
      const request = httpRequest(url, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
      request.on('error', reject)
      request.write(body.slice(0, 50))
      request.end(body.slice(50))
    })
    expect(status).toBe(413)
    expect(runs).toHaveLength(0)
    expect((await send(url, { key: 'k', body: JSON.stringify(['x'.repeat(96)]) })).status).toBe(201)
  })

  it('refuses a compressed body', async () => {
    const { url, runs } = await api()
    const headers = { 'content-encoding': 'gzip' }
    const answer = await send(url, { key: 'k', headers, body: gzipSync('{"amount":5}') })
    // Fastify's own parser is before us, and undoes no encoding.
    if (adapter === 'fastify') expect(answer.status).toBe(400)
    else expect(asProblem(answer)).toEqual(problem(415, 'content_encoding'))
    expect(runs).toHaveLength(0)
  })

  it('sends an answer that is too large to keep, and never runs the handler for it again', async () => {
    const { url, runs, seen } = await api({ maxResponseBytes: 1000 }, (_, { reply }) =>
      reply({ status: 201, body: 'x'.repeat(1001) }),
    )
    expect(await send(url, { key: 'k' })).toMatchObject({ status: 201, text: 'x'.repeat(1001) })
    expect(seen[0]).toMatchObject({ outcome: 'executed', kept: false })
    const again = await send(url, { key: 'k' })
    expect(asProblem(again)).toEqual(problem(409, 'not_kept', { 'idempotent-replayed': 'true' }))
    expect(runs).toHaveLength(1)
  })

  it('keeps an answer of exactly the limit', async () => {
    const { url } = await api({ maxResponseBytes: 1000 }, (_, { reply }) => reply({ status: 201, body: 'x'.repeat(1000) }))
    const first = await send(url, { key: 'k' })
    expect(await send(url, { key: 'k' })).toEqual(replayed(first))
  })

  it.each<[string, Handler]>([
    [
      'a Response',
      () => {
        const response = new Response('a', {
          headers: {
            'x-note': 'a',
            date: 'Sat, 01 Jan 2000 00:00:00 GMT',
            connection: 'close, x-own',
            'x-own': 'a',
            'keep-alive': 'timeout=9',
            'transfer-encoding': 'chunked',
            'content-length': '99',
            'idempotent-replayed': 'true',
          },
        })
        response.headers.append('set-cookie', 'session=1; HttpOnly')
        response.headers.append('set-cookie', 'theme=2')
        return response
      },
    ],
    [
      'a reply',
      (_, { reply }) =>
        reply({
          headers: { 'Set-Cookie': 'session=1; HttpOnly, theme=2', Date: 'yesterday', Connection: 'close', 'x-note': 'a' },
          body: 'a',
        }),
    ],
  ])('sends the cookies of %s to the first caller alone, and never what belongs to a connection', async (_, handler) => {
    const { url } = await api({}, handler)
    const first = await fetch(url, {
      method: 'POST',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: '{}',
    })
    expect(first.headers.getSetCookie().join(', ')).toBe('session=1; HttpOnly, theme=2')
    const { headers } = await send(url, { key: 'k', body: '{}' })
    expect(headers).toEqual({
      'content-type': first.headers.get('content-type'),
      'content-length': '1',
      'x-note': 'a',
      'idempotent-replayed': 'true',
    })
    expect(await first.text()).toBe('a')
    expect(first.headers.get('date')).not.toMatch(/2000|yesterday/)
    for (const name of ['x-own', 'transfer-encoding', 'idempotent-replayed']) expect(first.headers.has(name), name).toBe(false)
  })

  it('runs the handler of other methods each time', async () => {
    const { url, runs, seen } = await api()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
      for (const key of [undefined, 'k', 'k', 'not a key'])
        expect(await send(url, { method, key })).toMatchObject({
          status: 201,
          text: method === 'HEAD' ? '' : `{"payment":${runs.length}}`,
        })
    }
    expect(runs.map(({ method }) => method)).toEqual(
      ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].flatMap((method) => Array(4).fill(method)),
    )
    expect(new Set(seen.map(({ outcome }) => outcome))).toEqual(new Set(['unkeyed']))
  })

  it('looks at the keys of the methods that it is given', async () => {
    const { url, runs } = await api({ methods: ['PUT'] })
    expect((await send(url, { method: 'PUT' })).status).toBe(400)
    for (let at = 0; at < 2; at++) expect((await send(url, { method: 'PUT', key: 'k' })).text).toBe('{"payment":1}')
    expect((await send(url, { key: 'k' })).text).toBe('{"payment":2}')
    expect(runs).toHaveLength(2)
  })

  it('takes a request without a key where none is required', async () => {
    const { url, runs, seen } = await api({ required: false })
    expect([await send(url), await send(url)].map(({ text }) => text)).toEqual(['{"payment":1}', '{"payment":2}'])
    for (let at = 0; at < 2; at++) expect((await send(url, { key: 'k' })).text).toBe('{"payment":3}')
    expect((await send(url, { key: 'not a key' })).status).toBe(400)
    expect(runs).toHaveLength(3)
    expect(seen.map(({ outcome }) => outcome)).toEqual(['unkeyed', 'unkeyed', 'executed', 'replayed', 'rejected'])
  })

  it('answers what a handler without a key throws or gives', async () => {
    const { url, seen } = await api({ required: false }, (_, { reply, attempt }) => {
      if (attempt !== 1) throw new Error('not the first')
      return reply({ status: 502, body: 'upstream' })
    })
    expect(await send(url)).toMatchObject({ status: 502, text: 'upstream' })
    expect(seen).toMatchObject([{ outcome: 'failed', code: 'handler_failed', status: 502 }])
  })

  it.each<[string, unknown, number]>([
    [
      'throws',
      () => {
        throw new Error('no directory')
      },
      503,
    ],
    ['rejects', () => Promise.reject(new Error('no directory')), 503],
    ['gives nothing', () => undefined, 500],
    ['gives no text', () => '', 500],
    ['gives a number', () => 7, 500],
    ['gives half a character', () => '\ud800', 500],
  ])('runs nothing when `scope` %s', async (_, scope, status) => {
    const { url, runs, seen } = await api({ scope })
    const answer = await send(url, { key: 'k' })
    expect(answer).toMatchObject({ status, text: '' })
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined)
    expect(runs).toHaveLength(0)
    expect(seen).toMatchObject([{ outcome: 'failed', code: 'scope_failed', status, error: expect.any(Error) }])
  })

  it('lets `scope` read the body, and the handler read it again', async () => {
    const { url, runs } = await api(
      { scope: async (request: Request) => `tenant_${((await request.json()) as { amount: number }).amount}` },
      async (request, { reply }) => reply({ body: await request.json() }),
    )
    expect((await send(url, { key: 'k' })).text).toBe('{"amount":5}')
    expect((await send(url, { key: 'k', body: '{"amount":6}' })).text).toBe('{"amount":6}')
    expect(runs).toHaveLength(2)
  })

  it('gives the handler a fetch Request with its bytes unread', async () => {
    const body = '{ "text": "é\u2028😀",  "n": 1.0 }'
    const got: unknown[] = []
    const { url, runs } = await api({}, async (request, { reply, signal }) => {
      got.push(request.bodyUsed, signal.aborted)
      return reply({ body: new Uint8Array(await request.arrayBuffer()) })
    })
    const { text } = await send(`${url}?a=1&b=%20`, { key: 'k', body, headers: { 'x-note': 'a', authorization: 'Bearer x' } })
    expect(got).toEqual([false, false])
    expect(text).toBe(isParsed ? '{"text":"é\u2028😀","n":1}' : body)
    const [request] = runs
    expect(request).toBeInstanceOf(Request)
    // What stands before Lambda is called by HTTPS alone.
    const origin = adapter === 'lambda' ? url.replace('http:', 'https:') : url
    expect([request?.method, request?.url]).toEqual(['POST', `${origin}?a=1&b=%20`])
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(new TextEncoder().encode(text).length),
      'x-note': 'a',
      authorization: 'Bearer x',
      'idempotency-key': 'k',
    })
  })

  it('takes an empty body', async () => {
    const { url } = await api({}, async (request, { reply }) => reply({ body: `[${await request.text()}]` }))
    const post = () => fetch(url, { method: 'POST', headers: { 'idempotency-key': 'k' } })
    expect(await (await post()).text()).toBe('[]')
    expect((await post()).headers.get('idempotent-replayed')).toBe('true')
  })

  it('hands over the framework’s own request, or what came beside it', async () => {
    const shown: unknown[] = []
    const show = (platform: unknown) => {
      const { params, user, rawHeaders, originalUrl } = platform as Record<string, unknown>
      shown.push({ params: params && { ...params }, user, isNode: Array.isArray(rawHeaders), originalUrl })
    }
    const { url } = await api(
      {
        scope: (_: Request, platform: unknown) => {
          show(platform)
          return 'alice'
        },
      },
      (_, { platform, reply }) => {
        show(platform)
        return reply()
      },
    )
    expect((await send(url, { key: 'k' })).status).toBe(200)
    const params = { resource: 'payments' }
    const expected = adapter.startsWith('express')
      ? { params, user: undefined, isNode: true, originalUrl: '/payments' }
      : (
          {
            fastify: { params, user: 'fastify', isNode: false, originalUrl: '/payments' },
            fetch: { params: { account: 'acct_1' }, user: undefined, isNode: false, originalUrl: undefined },
            koa: { params: undefined, user: undefined, isNode: false, originalUrl: '/payments' },
            node: { params: undefined, user: undefined, isNode: true, originalUrl: undefined },
            lambda: { params: undefined, user: undefined, isNode: false, originalUrl: undefined },
          } as Record<string, object>
        )[adapter]
    expect(shown).toEqual([expected, expected])
  })

  it('stops a stream that does not end when the time of the handler is over', async () => {
    let isCancelled = false
    const endless = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          pull: () => new Promise(() => undefined),
          cancel: () => {
            isCancelled = true
            throw new Error('cannot be stopped')
          },
        }),
      )
    const { url, seen } = await api({ handlerSeconds: 0.1 }, endless)
    for (const sent of [{ key: 'k' }, { method: 'PUT' }]) {
      isCancelled = false
      expect(await send(url, sent)).toMatchObject({ status: 500, text: '' })
      expect(seen.at(-1)).toMatchObject({ outcome: 'failed', code: 'handler_failed', error: { name: 'TimeoutError' } })
      expect(isCancelled).toBe(true)
    }
  })

  it('shares a store and a key with nothing else', async () => {
    const store = memoryStore()
    const { url } = await api({ store })
    await createIdempotency({ store }).run('k', () => 'other work')
    expect((await send(url, { key: 'k' })).text).toBe('{"payment":1}')
  })
})
