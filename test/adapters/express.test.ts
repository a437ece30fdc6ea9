import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { generateSecret, type Observation, sign } from 'countersign'
import { webhook } from 'countersign/express'
import { standardWebhooks } from 'countersign/schemes'
import express5, { type Express, type RequestHandler } from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it, vi } from 'vitest'

const secret = generateSecret()
const body = '{"id":"evt_1",  "type":"paid"}'
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function deliver(app: Express, path = '/hooks', type = 'application/json') {
  const server = createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const headers = { 'content-type': type, connection: 'close', ...(await sign(standardWebhooks, { secret, body })) }
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method: 'POST', headers, body })
}

function receiver(options: object = {}) {
  const seen: Observation[] = []
  const handler = vi.fn()
  return {
    hook: webhook({ scheme: standardWebhooks, secret, observe: (observation) => seen.push(observation), ...options }, handler),
    seen,
    handler,
  }
}

describe.each<[string, typeof express5]>([
  ['5', express5],
  ['4', express4],
])('Express %s', (_version, express) => {
  describe('after a body parser', () => {
    it.each<[string, RequestHandler, string, RegExp]>([
      [
        'express.json()',
        express.json(),
        'application/json',
        /A body parser such as express\.json\(\) has read the body.*Mount the receiver before it/,
      ],
      ['express.urlencoded()', express.urlencoded(), 'application/x-www-form-urlencoded', /A body parser such as/],
      ['express.text()', express.text(), 'text/plain', /A text parser such as express\.text\(\)/],
      [
        'something that only reads',
        (request, _response, next) => void request.resume().once('end', () => next()),
        'application/json',
        /Something mounted earlier/,
      ],
    ])('%s: 500, the handler does not run, and the hint names it', async (_, parser, type, hint) => {
      const { hook, seen, handler } = receiver()
      const response = await deliver(express().use(parser).all('/hooks', hook), '/hooks', type)
      expect([response.status, await response.text()]).toEqual([500, ''])
      expect(seen).toMatchObject([{ outcome: 'rejected', code: 'body_consumed', hint: expect.stringMatching(hint) }])
      expect(handler).not.toHaveBeenCalled()
    })

    it('of another type nothing is lost', async () => {
      const { hook, handler } = receiver()
      expect((await deliver(express().use(express.text()).all('/hooks', hook))).status).toBe(200)
      expect(handler).toHaveBeenCalledTimes(1)
    })

    it('express.raw() leaves the bytes', async () => {
      const { hook } = receiver()
      expect(
        (
          await deliver(
            express()
              .use(express.raw({ type: '*/*' }))
              .all('/hooks', hook),
          )
        ).status,
      ).toBe(200)
      const { hook: small } = receiver({ maxBodyBytes: 5 })
      expect(
        (
          await deliver(
            express()
              .use(express.raw({ type: '*/*' }))
              .all('/hooks', small),
          )
        ).status,
      ).toBe(413)
    })

    it('that keeps `rawBody`, as cloud functions do, the bytes are taken from there', async () => {
      const keep = express.json({ verify: (request, _response, bytes) => Object.assign(request, { rawBody: bytes }) })
      const { hook } = receiver()
      expect((await deliver(express().use(keep).all('/hooks', hook))).status).toBe(200)
    })

    it.each([
      ['the text', 200, (bytes: Buffer) => bytes.toString()],
      ['another text', 401, (bytes: Buffer) => `${bytes} `],
    ])('that keeps %s in `rawBody`, the answer is %i', async (_, status, textOf) => {
      const keep = express.json({ verify: (request, _response, bytes) => Object.assign(request, { rawBody: textOf(bytes) }) })
      const { hook } = receiver()
      expect((await deliver(express().use(keep).all('/hooks', hook))).status).toBe(status)
    })

    it('that keeps the bytes in another view of them, they are counted and handed on as bytes', async () => {
      const keep = express.json({
        verify: (request, _response, { buffer, byteOffset, length }) =>
          Object.assign(request, { rawBody: new DataView(buffer, byteOffset, length) }),
      })
      const bodies: Uint8Array[] = []
      const { hook, handler } = receiver()
      handler.mockImplementation((event) => void bodies.push(event.body))
      expect((await deliver(express().use(keep).all('/hooks', hook))).status).toBe(200)
      expect(bodies).toEqual([new Uint8Array(Buffer.from(body))])
      const { hook: small } = receiver({ maxBodyBytes: body.length - 1 })
      const unsaid = express().use(keep, (request, _response, next) => {
        request.rawHeaders = request.rawHeaders.map((header) => header.replace(/^content-length$/i, 'x-length'))
        next()
      })
      expect((await deliver(unsaid.all('/hooks', small))).status).toBe(413)
    })

    it('that has set an encoding, the bytes are gone', async () => {
      const { hook, seen } = receiver()
      const app = express().use((request, _response, next) => {
        request.setEncoding('utf8')
        next()
      })
      expect((await deliver(app.all('/hooks', hook))).status).toBe(500)
      expect(seen).toMatchObject([{ code: 'body_consumed', hint: expect.stringContaining('setEncoding') }])
    })
  })

  describe('in a router', () => {
    it('knows the parameters, the whole URL, and the protocol behind a trusted proxy', async () => {
      const requests: object[] = []
      const { hook } = receiver({
        secret: ({ params, url }: { params: Record<string, string>; url: URL }) => {
          requests.push({ account: params.account, path: url.pathname, protocol: url.protocol })
          return { account: params.account, secret }
        },
      })
      const app = express().set('trust proxy', true)
      app.use((request, _response, next) => {
        Object.assign(request.headers, { 'x-forwarded-proto': 'https' })
        next()
      })
      app.use('/api', express.Router().all('/hooks/:account', hook))
      expect((await deliver(app, '/api/hooks/acct_1')).status).toBe(200)
      expect(requests).toEqual([{ account: 'acct_1', path: '/api/hooks/acct_1', protocol: 'https:' }])
    })
  })

  describe('in a sub-app', () => {
    it('answers, before and after what the app mounts for itself', async () => {
      const { hook, handler } = receiver()
      const hooks = express().all('/', hook)
      const app = express().use('/hooks', hooks).use(express.json())
      expect((await deliver(app)).status).toBe(200)
      expect((await deliver(app, '/hooks/')).status).toBe(200)
      expect(handler).toHaveBeenCalledTimes(2)
    })
  })

  describe('with errors', () => {
    it('answers them itself, and leaves nothing to the handler of errors', async () => {
      const onError = vi.fn()
      const { hook } = receiver()
      const failing = webhook({ scheme: standardWebhooks, secret }, () => Promise.reject(new Error('no')))
      const app = express().all('/hooks', hook).all('/failing', failing)
      app.use((error: unknown, _request: unknown, response: { sendStatus(status: number): void }, _next: unknown) => {
        onError(error)
        response.sendStatus(418)
      })
      expect((await deliver(app, '/failing')).status).toBe(500)
      expect((await deliver(app, '/hooks', 'application/json')).status).toBe(200)
      expect(onError).not.toHaveBeenCalled()
    })
  })

  describe('on cloud functions', () => {
    it('takes the headers of a request that was made up of an event, as serverless-http does', async () => {
      const bytes = Buffer.from(body)
      const request = Object.assign(new IncomingMessage(new Socket()), {
        method: 'POST',
        url: '/hooks',
        headers: { 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, body })) },
        body: bytes,
        _read() {
          request.push(bytes)
          request.push(null)
        },
      })
      const { hook, seen } = receiver()
      const response = new ServerResponse(request)
      express().all('/hooks', hook)(request as never, response as never)
      await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ outcome: 'executed', status: 200 }))
      expect(response.statusCode).toBe(200)
    })

    it('takes the bytes that they keep beside what they have parsed', async () => {
      // What the functions framework of Google Cloud Functions and Firebase mounts before the function.
      const verify = (request: object, _response: unknown, rawBody: Buffer) => void Object.assign(request, { rawBody })
      const app = express()
        .use(express.json({ verify }), express.text({ verify }), express.urlencoded({ verify, extended: true }))
        .use(express.raw({ verify, type: '*/*' }))
      const { hook } = receiver()
      app.all('/hooks', hook)
      for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/xml'])
        expect((await deliver(app, '/hooks', type)).status, type).toBe(200)
    })
  })
})
