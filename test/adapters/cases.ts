import { sign } from 'countersign'
import { memoryStore } from 'countersign/idempotency'
import { github, meta, slack, square, standardWebhooks, stripe } from 'countersign/schemes'

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const body = '{"id":"evt_1","type":"paid","amount":5}'
const text = 'a secret of more than 16 bytes'

/** A request, whichever way it travels; the headers are pairs, so that one can come twice. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | Uint8Array
}

/** A case is data: the receiver it is for, what is sent, what is answered, and what the observer hears. */
export interface Case {
  readonly receiver: keyof typeof receivers
  readonly send: () => Promise<Partial<Omit<Sent, 'headers'>> & { headers?: Record<string, string>; twice?: [string, string] }>
  readonly status: number
  readonly answer?: Record<string, string>
  readonly body?: string
  readonly outcome?: string
  readonly code?: string
}

/** Every case of one of these shares one receiver. */
export const receivers = {
  plain: () => ({ scheme: standardWebhooks, secret }),
  small: () => ({ scheme: standardWebhooks, secret, maxBodyBytes: 100 }),
  typed: () => ({ scheme: standardWebhooks, secret, types: ['paid'] }),
  remembering: () => ({ scheme: standardWebhooks, secret, store: memoryStore() }),
  rotating: () => ({ scheme: standardWebhooks, secret: [`${secret.slice(0, -1)}A`, secret] }),
  unreachable: () => ({ scheme: standardWebhooks, secret: () => Promise.reject(new Error('no database')) }),
  unknown: () => ({ scheme: standardWebhooks, secret: () => undefined }),
  stripe: () => ({ scheme: stripe, secret: text }),
  github: () => ({ scheme: github, secret: text }),
  slack: () => ({ scheme: slack, secret: text }),
  meta: () => ({ scheme: meta, secret: text, verifyToken: 'shown' }),
  square: () => ({ scheme: square, secret: text, publicUrl: 'https://shop.example' }),
}

/** What the handler does is said by the event, and it is the same for all. */
export async function handler(
  event: { body: Uint8Array; payload: { do?: string } | undefined },
  { reply }: { reply(reply: object): unknown },
) {
  const { do: what } = (event.payload ?? {}) as { do?: string }
  if (what === 'throw') throw new Error('no')
  if (what === 'reply') return reply({ status: 202, headers: { 'x-note': 'a' }, body: 'made' })
  if (what === 'echo') return reply({ headers: { 'content-type': 'application/octet-stream' }, body: event.body })
  if (what === 'view') {
    const headers = { 'content-type': 'application/octet-stream' }
    return reply({ headers, body: new DataView(new Uint8Array([65, 66]).buffer) })
  }
  if (what === 'reset') return reply({ status: 205, body: 'not to be sent' })
  if (what === 'connect')
    return reply({ headers: { 'Transfer-Encoding': 'chunked', trailer: 'a', upgrade: 'h2c', 'x-note': 'a' } })
  if (what === 'decline') return reply({ status: 422, body: 'not so' })
  return 'ignored'
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' }
const squareBody = '{"event_id":"evt_1"}'
const seconds = (off = 0) => new Date(Date.now() + off * 1000)
const standard = (content: string | Uint8Array, more: object = {}) => sign(standardWebhooks, { secret, body: content, ...more })
const event = (what: string) => JSON.stringify({ do: what })
const good =
  (content: string | Uint8Array = body, more?: object) =>
  async () => ({ body: content, headers: await standard(content, more) })
const changed = (change: (headers: Record<string, string>) => Record<string, string>) => async () => ({
  headers: change(await standard(body)),
})
const without = (name: string) => changed(({ [name]: _gone, ...headers }) => headers)
const wrong = { receiver: 'plain', status: 401, outcome: 'rejected' } as const
const fine = { receiver: 'plain', status: 200, outcome: 'executed' } as const
const method = (name: string): Case => ({
  receiver: 'plain',
  send: async () => ({ method: name }),
  status: 405,
  answer: { allow: 'POST' },
  code: 'method_not_allowed',
})
const type = (name: string, content: string) => ({
  ...fine,
  receiver: 'github' as const,
  send: async () => ({
    body: content,
    headers: { ...(await sign(github, { secret: text, body: content })), 'content-type': name },
  }),
})

const wrongSquare = { status: 401, outcome: 'rejected', code: 'signature_mismatch' } as const
const squareAt = (signed: string, path: string): Case => ({
  ...fine,
  receiver: 'square',
  send: async () => ({
    path,
    body: squareBody,
    headers: await sign(square, { secret: text, body: squareBody, url: `https://shop.example${signed}` }),
  }),
})

/** Every case, for every adapter, through sockets and in memory. */
export const cases: Record<string, Case> = {
  'a genuine delivery': { ...fine, send: good() },
  'a genuine delivery of text beyond ASCII': { ...fine, send: good('{"text":"é\u2028😀"}') },
  'a genuine delivery with a byte order mark': { ...type('text/x-note', '\ufeff{}') },
  'a genuine delivery of bytes that are no text': {
    ...fine,
    receiver: 'github',
    send: async () => {
      const bytes = new Uint8Array([0, 255, 254, 128, 10])
      return {
        body: bytes,
        headers: { ...(await sign(github, { secret: text, body: bytes })), 'content-type': 'application/x-note' },
      }
    },
  },
  'a genuine delivery of 100,000 bytes': { ...fine, send: good(JSON.stringify({ text: 'x'.repeat(100_000) })) },
  'a genuine delivery with a query': { ...fine, send: async () => ({ ...(await good()()), path: '/hooks?a=1&b=%20' }) },
  'a delivery signed with the second of two secrets': { ...fine, receiver: 'rotating', send: good() },
  'a delivery of Stripe': {
    ...fine,
    receiver: 'stripe',
    send: async () => ({ headers: await sign(stripe, { secret: text, body }) }),
  },
  'a delivery of Slack': {
    ...fine,
    receiver: 'slack',
    send: async () => ({ headers: await sign(slack, { secret: text, body }) }),
  },
  'a delivery whose URL is signed, behind a proxy': squareAt('/hooks', '/hooks'),
  'a delivery whose URL is signed, of another host': {
    ...wrong,
    receiver: 'square',
    send: async () => ({ headers: await sign(square, { secret: text, body, url: 'https://other.example/hooks' }) }),
  },
  'a path with a slash at its end, where the router lets it through': {
    ...fine,
    send: async () => ({ ...(await good()()), path: '/hooks/' }),
  },
  'a delivery whose URL is signed, with the slash at its end': squareAt('/hooks/', '/hooks/'),
  'a delivery whose URL is signed, and called with a slash too many': { ...squareAt('/hooks', '/hooks/'), ...wrongSquare },
  'a delivery whose URL is signed, and called with a slash too few': { ...squareAt('/hooks/', '/hooks'), ...wrongSquare },
  XML: type('application/xml', '<a/>'),
  'a form': type('application/x-www-form-urlencoded', 'a=1'),
  'a form in parts': type('multipart/form-data; boundary=x', '--x--'),
  text: type('text/plain', '{}'),
  'an unknown type': type('application/x-unknown', 'x'),
  'a reply of the handler': {
    ...fine,
    send: good(event('reply')),
    status: 202,
    answer: { 'x-note': 'a', ...plainText },
    body: 'made',
  },
  'a reply of bytes': {
    ...fine,
    send: good(event('echo')),
    answer: { 'content-type': 'application/octet-stream' },
    body: event('echo'),
  },
  'a reply of bytes in another view of them': {
    ...fine,
    send: good(event('view')),
    answer: { 'content-type': 'application/octet-stream' },
    body: 'AB',
  },
  'a reply whose status has no body': { ...fine, send: good(event('reset')), status: 205 },
  'a reply with headers of the connection': { ...fine, send: good(event('connect')), answer: { 'x-note': 'a' } },
  'a handler that declines': {
    ...fine,
    send: good(event('decline')),
    status: 422,
    answer: plainText,
    body: 'not so',
    outcome: 'failed',
  },
  'a handler that throws': { ...fine, send: good(event('throw')), status: 500, outcome: 'failed', code: 'handler_failed' },
  'a type that is not handled': { ...fine, receiver: 'typed', send: good('{"type":"other"}'), outcome: 'ignored' },
  'a type that is handled': { ...fine, receiver: 'typed', send: good() },
  'an event for the first time': {
    ...fine,
    receiver: 'remembering',
    send: good(event('reply'), { id: 'msg_1' }),
    status: 202,
    answer: { 'x-note': 'a', ...plainText },
    body: 'made',
  },
  'the same event again': {
    ...fine,
    receiver: 'remembering',
    send: good(event('reply'), { id: 'msg_1' }),
    status: 202,
    answer: { 'x-note': 'a', ...plainText, 'idempotent-replayed': 'true' },
    body: 'made',
    outcome: 'duplicate',
  },
  'an event that fails': {
    ...fine,
    receiver: 'remembering',
    send: good(event('throw'), { id: 'msg_2' }),
    status: 500,
    outcome: 'failed',
  },
  'a body that is not JSON': {
    ...fine,
    receiver: 'typed',
    send: good('{"type":'),
    status: 500,
    outcome: 'failed',
    code: 'payload_invalid',
  },
  'a handshake of Meta': {
    receiver: 'meta',
    send: async () => ({ method: 'GET', path: '/hooks?hub.mode=subscribe&hub.verify_token=shown&hub.challenge=abc' }),
    status: 200,
    answer: { ...plainText, 'x-content-type-options': 'nosniff' },
    body: 'abc',
    outcome: 'handshake',
  },
  'a handshake of Meta with another token': {
    receiver: 'meta',
    send: async () => ({ method: 'GET', path: '/hooks?hub.mode=subscribe&hub.verify_token=other&hub.challenge=abc' }),
    status: 401,
    code: 'bad_handshake',
  },
  'no header of a signature': { ...wrong, send: async () => ({}) },
  'no id': { ...wrong, send: without('webhook-id') },
  'no timestamp': { ...wrong, send: without('webhook-timestamp') },
  'no signature': { ...wrong, send: without('webhook-signature') },
  'an empty signature': { ...wrong, send: changed((headers) => ({ ...headers, 'webhook-signature': '' })) },
  'another id': { ...wrong, send: changed((headers) => ({ ...headers, 'webhook-id': 'msg_other' })) },
  'a version that is not known': {
    ...wrong,
    send: changed((headers) => ({
      ...headers,
      'webhook-signature': (headers['webhook-signature'] as string).replace('v1,', 'v9,'),
    })),
  },
  'a signature that is cut short': {
    ...wrong,
    send: changed((headers) => ({ ...headers, 'webhook-signature': (headers['webhook-signature'] as string).slice(0, -4) })),
  },
  'a body with a space more': { ...wrong, send: async () => ({ body: `${body} `, headers: await standard(body) }) },
  'a body with another amount': { ...wrong, send: async () => ({ body: body.replace('5', '6'), headers: await standard(body) }) },
  'no body': { ...wrong, send: async () => ({ body: '', headers: await standard(body) }) },
  'an old timestamp': { ...wrong, send: good(body, { timestamp: seconds(-3600) }), code: 'timestamp_too_old' },
  'a timestamp to come': { ...wrong, send: good(body, { timestamp: seconds(3600) }), code: 'timestamp_too_new' },
  'a signature of another secret': {
    ...wrong,
    send: async () => ({ headers: await sign(standardWebhooks, { secret: `${secret.slice(0, -1)}A`, body }) }),
  },
  'a signature of another scheme': { ...wrong, send: async () => ({ headers: await sign(github, { secret: text, body }) }) },
  'an id that comes twice': {
    ...wrong,
    send: async () => ({ headers: await standard(body), twice: ['webhook-id', 'msg_other'] }),
  },
  'an account that nobody knows': { ...wrong, receiver: 'unknown', send: good(), code: 'unknown_account' },
  'a secret that cannot be had': {
    receiver: 'unreachable',
    send: good(),
    status: 503,
    answer: { 'retry-after': '5' },
    outcome: 'failed',
    code: 'secret_unavailable',
  },
  'a body over the limit': { receiver: 'small', send: good('x'.repeat(101)), status: 413, code: 'body_too_large' },
  'a body at the limit': { ...fine, receiver: 'small', send: good(JSON.stringify('x'.repeat(98))) },
  'a body that is compressed': {
    receiver: 'plain',
    send: async () => ({ headers: { ...(await standard(body)), 'content-encoding': 'gzip' } }),
    status: 415,
    code: 'content_encoding',
  },
  'a body whose encoding is none': { ...fine, send: changed((headers) => ({ ...headers, 'content-encoding': 'identity' })) },
  GET: method('GET'),
  HEAD: method('HEAD'),
  PUT: method('PUT'),
  PATCH: method('PATCH'),
  DELETE: method('DELETE'),
  OPTIONS: method('OPTIONS'),
}
