import { createHash, createHmac } from 'node:crypto'
import { ConfigurationError, defineScheme, type Scheme, type WebhookEvent } from 'countersign'
import { github, slack, standardWebhooks, stripe } from 'countersign/schemes'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventDraft } from '../../src/receiver/event'
import { eventKey, keyText, signsAnId } from '../../src/receiver/key'
import { PayloadError, parsePayload } from '../../src/receiver/payload'
import { replyCodec } from '../../src/receiver/reply'
import { late, readBody } from '../../src/receiver/request'
import type { HandshakeRequest } from '../../src/schemes/scheme'
import { receiver, secret, shown, store } from './harness'

afterEach(() => void vi.useRealTimers())

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
type Replying = { reply(reply?: object): { readonly status: number } }

describe('a reply', () => {
  const replying = (reply: object) => receiver({}, (_, context: Replying) => context.reply(reply))

  it('may have any status from 200 to 599; from 300 it is no success', async () => {
    for (const status of [200, 299, 300, 599]) {
      const { send, last } = replying({ status })
      expect((await send()).status).toBe(status)
      expect(last()).toMatchObject({ outcome: status < 300 ? 'executed' : 'failed' })
    }
  })

  it.each<[object, string]>([
    [{ status: 199 }, 'Expected `status` to be an integer from 200 to 599, got 199'],
    [{ status: 600 }, 'Expected `status` to be an integer from 200 to 599, got 600'],
    [{ status: 200.5 }, 'Expected `status` to be an integer from 200 to 599, got 200.5'],
    [{ headers: { 'x note': 'a' } }, 'Expected `headers` to be headers that can be sent, got "x note"'],
    [{ headers: { 'x-note': 'a\nb' } }, 'Expected `headers` to be headers that can be sent, got "x-note"'],
  ])('of %j is a mistake, and says which', async (reply, message) => {
    const { send, last } = replying(reply)
    expect((await send()).status).toBe(500)
    expect(last()).toMatchObject({ error: { message } })
  })

  const bytes = new Uint8Array([65, 0, 66, 0])
  it.each<[string, unknown]>([
    ['their buffer', bytes.buffer],
    ['a view of it', new DataView(bytes.buffer)],
    ['numbers that are wider', new Uint16Array(bytes.buffer)],
  ])('of bytes as %s is those bytes, and no JSON', async (_, body) => {
    expect(await shown(await replying({ body }).send())).toEqual({ status: 200, headers: {}, body: 'A\0B\0' })
  })

  it.each([204, 205, 304])('of %i has no body and no type', async (status) => {
    for (const body of ['text', { a: 1 }, bytes])
      expect(await shown(await replying({ status, body }).send())).toEqual({ status, headers: {}, body: '' })
  })

  it('says nothing of the connection, which is not its own', async () => {
    const ofProxies = ['proxy-authenticate', 'proxy-authorization', 'Proxy-Connection']
    const ofConnection = [
      ...ofProxies,
      'Connection',
      'content-length',
      'keep-alive',
      'te',
      'trailer',
      'Transfer-Encoding',
      'upgrade',
    ]
    const headers = Object.fromEntries([...ofConnection, 'date', 'idempotent-replayed', 'x-note'].map((name) => [name, '1']))
    expect((await shown(await replying({ headers }).send())).headers).toEqual({ 'x-note': '1' })
  })

  it('cannot be changed once it is made', async () => {
    const { send, last } = receiver({}, (_, context: Replying) => {
      const made = context.reply({ headers: { a: 'b' } }) as unknown as { headers: Record<string, string> }
      made.headers['a'] = 'b\nc'
    })
    expect((await send()).status).toBe(500)
    expect(last()).toMatchObject({ error: expect.any(TypeError) })
  })

  it('is known by itself, and by nothing that looks like it', async () => {
    let made: object = {}
    const { send } = receiver({}, (_, context: Replying) => {
      made = context.reply({ status: 201, headers: { A: 'b' } })
      return { ...made }
    })
    expect((await send()).status).toBe(200)
    expect(made).toEqual({ reply: true, status: 201, headers: { a: 'b' }, body: undefined })
    expect(Object.isFrozen(made)).toBe(true)
  })

  it.each<[string, object | undefined, boolean]>([
    ['is not kept where it is an empty 200', {}, false],
    ['is not kept where there is none', undefined, false],
    ['is not kept for its cookie alone', { headers: { 'set-cookie': 'a=b' } }, false],
    ['is kept for its status', { status: 204 }, true],
    ['is kept for its headers', { headers: { a: 'b' } }, true],
    ['is kept for its body', { body: new Uint8Array([65]) }, true],
  ])('%s, and replayed as it was', async (_, reply, isKept) => {
    const memory = store()
    const complete = vi.spyOn(memory, 'complete')
    const { send } = receiver({ store: memory }, (_, context: Replying) => reply && context.reply(reply))
    const first = await shown(await send({}, { id: 'msg_1' }))
    expect(complete.mock.calls[0]?.[2] !== undefined).toBe(isKept)
    const { headers, ...rest } = await shown(await send({}, { id: 'msg_1' }))
    const { 'set-cookie': _cookie, ...kept } = first.headers
    expect({ ...rest, headers }).toEqual({ ...first, headers: { ...kept, 'idempotent-replayed': 'true' } })
  })
})

it.each([
  ['no JSON', 'A'],
  ['no object', '"A"\n'],
  ['nothing', 'null\n'],
  ['no status', '{"headers":{}}\n'],
  ['a status that is none', '{"status":99,"headers":{}}\n'],
  ['no headers', '{"status":200}\n'],
  ['a header that cannot be sent', '{"status":200,"headers":{"a":"b\\nc"}}\n'],
])('a stored answer that is %s is the store’s fault, and ends no process', async (_, text) => {
  const claim = async () => ({ status: 'completed', result: new TextEncoder().encode(text) })
  const { send, last } = receiver({ store: { ...store(), claim } })
  expect((await send()).status).toBe(503)
  expect(last()).toMatchObject({ outcome: 'failed', code: 'store_unavailable' })
})

it('a stored answer whose status has no body is replayed without one', () => {
  const stored = new TextEncoder().encode('{"status":204,"headers":{"a":"b","te":"c"}}\nbody')
  expect(replyCodec.decode(stored)).toEqual({ status: 204, headers: { a: 'b' }, body: undefined })
})

it('a reply that was not kept is an empty 200', () => {
  expect(replyCodec.encode({ status: 200, headers: { 'set-cookie': 'a=b' }, body: new Uint8Array() })).toBeUndefined()
  expect(replyCodec.encode({ status: 200, headers: {} })).toBeUndefined()
  expect(replyCodec.decode(undefined)).toEqual({ status: 200, headers: {} })
})

describe('a handler without a store', () => {
  it('is told that its time is over, and leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const reasons: unknown[] = []
    const running = new Promise<{ signal: AbortSignal; end: () => void; answered: Promise<Response> }>((resolve) => {
      const { send } = receiver(
        { handlerSeconds: 2, toleranceSeconds: false },
        (_, { signal }: { signal: AbortSignal }) => new Promise<void>((end) => resolve({ signal, end, answered })),
      )
      const answered = send()
    })
    const { signal, end, answered } = await running
    signal.addEventListener('abort', () => reasons.push(signal.reason))
    await vi.advanceTimersByTimeAsync(2000)
    expect(reasons).toMatchObject([{ name: 'TimeoutError', message: 'The handler ran out of time.' }])
    end()
    await answered
    expect((await receiver().send()).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is watched by a timer while it is waited for, and only then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const set = vi.spyOn(globalThis, 'setTimeout')
    const begun = () => set.mock.calls.filter(([, milliseconds]) => milliseconds === 7000).length
    expect((await receiver({ handlerSeconds: 7 }, () => 'at once').send()).status).toBe(200)
    expect(begun()).toBe(0)
    const timers: number[] = []
    for (const end of [Promise.resolve(), Promise.reject(new Error('refused'))]) {
      const wait = async () => {
        await undefined
        timers.push(vi.getTimerCount())
        return end
      }
      await receiver({ handlerSeconds: 7 }, wait).send()
      timers.push(vi.getTimerCount())
    }
    expect(timers).toEqual([1, 0, 1, 0])
    expect(begun()).toBe(2)
    set.mockRestore()
  })
})

describe('a key', () => {
  const parts = { id: undefined, account: undefined, timestamp: undefined, body: new Uint8Array(), headers: new Headers() }
  type More = { account?: string; endpoint?: string; id?: string; scheme?: Scheme }
  const keyOf = async (own: string | undefined, { scheme = github, endpoint, ...more }: More = {}) =>
    keyText(eventKey(scheme, new EventDraft(github, { ...parts, ...more }), endpoint, own))

  it('is what it is for up to 256 printable characters, else its hash', async () => {
    for (const own of ['a', ' ~', 'a'.repeat(256)]) expect(await keyOf(own)).toBe(`github///${own}`)
    for (const own of ['a'.repeat(257), 'é', 'a\n', '\na', '\u007f', 'aé']) {
      expect(await keyOf(own)).toBe(`github///${sha256(own)}`)
    }
  })

  it('has no slash in its endpoint and its account but as %2F, and no percent sign but as %25', async () => {
    expect(await keyOf('a/b%c', { endpoint: 'e/%', account: 'f/%/' })).toBe('github/e%2F%25/f%2F%25%2F/a/b%c')
    expect(await keyOf('a', { endpoint: '/', account: '%' })).toBe('github/%2F/%25/a')
  })

  it('that `key` leaves empty, or that the body has not, is told by name', async () => {
    await expect(keyOf('')).rejects.toThrow('Expected `options.key` to give text of 1 or more characters.')
    for (const id of [undefined, '']) {
      await expect(keyOf(undefined, { scheme: stripe, id })).rejects.toThrow(
        'The event has no id at /id of the body, where stripe has it.',
      )
    }
  })

  it('has a topic from a header alone: what stands in the body is hashed with it', async () => {
    const acme = defineScheme({
      name: 'acme',
      signature: { header: 'x-sig' },
      type: { body: '/type' },
      bodyIsKey: true,
    })
    const keys: string[] = []
    await receiver({ scheme: acme, store: store() }, (event: WebhookEvent) => keys.push(event.key)).send('{"type":"paid"}')
    expect(keys).toEqual([`acme///${sha256('\n{"type":"paid"}')}`])
  })

  it('is not there yet for the function that makes it', async () => {
    const seen: string[] = []
    const key = (event: WebhookEvent) => {
      seen.push(event.key)
      return 'own'
    }
    await receiver({ store: store(), key }).send()
    expect(seen).toEqual([''])
  })
})

describe('an id is signed', () => {
  const of = (content: Scheme['content'], id: Scheme['id']) => signsAnId({ ...standardWebhooks, content, id })

  it('in a header where the scheme says so', () => {
    expect(of(['body'], { header: 'x-id', signed: true })).toBe(true)
    expect(of(['body'], { header: 'x-id', signed: false })).toBe(false)
    expect(of(['body'], undefined)).toBe(false)
  })

  it('in the body where the body is, or the very value', () => {
    const id = { body: '/id' }
    expect(of(['timestamp', { text: '.' }, 'body'], id)).toBe(true)
    expect(of(['timestamp', { body: '/id' }], id)).toBe(true)
    expect(of(['timestamp', { text: '/id' }, { body: '/other' }], id)).toBe(false)
  })
})

describe('options', () => {
  const refused = (options: object) => {
    try {
      receiver(options)
    } catch (error) {
      return error as ConfigurationError
    }
    return undefined
  }
  const acme = defineScheme({ name: 'acme', signature: { header: 'x-sig' } })

  it.each<[object, string]>([
    ...['claim', 'complete', 'release', 'extend'].map((name): [object, string] => [
      { store: { ...store(), [name]: undefined } },
      'Expected `store` to be an idempotency store, got',
    ]),
    [{ inbox: {} }, 'Expected `inbox` to be an inbox with `put`, got'],
    [{ types: ['paid', ''] }, 'Expected `types` to be an array of event types, got'],
    [{ types: [7] }, 'Expected `types` to be an array of event types, got'],
    [{ scheme: acme, types: ['a'] }, 'Expected `types` to be left out, since the scheme acme names no type, got'],
    [{ endpoint: 'x'.repeat(101) }, 'Expected `endpoint` to be text of 1 to 100 characters, got "xx'],
    [{ endpoint: 7 }, 'Expected `endpoint` to be text of 1 to 100 characters, got 7'],
    // A token is a secret, and is not repeated.
    [{ verifyToken: 'x'.repeat(101) }, 'Expected `verifyToken` to be text of 1 to 100 characters, got 101'],
    [{ verifyToken: null }, 'Expected `verifyToken` to be text of 1 to 100 characters, got undefined'],
    [{ publicUrl: new URL('https://shop.example') }, 'Expected `publicUrl` to be a URL or a function, got'],
    [{ scheme: acme, store: store() }, 'Expected `key` to be a function, got undefined: the scheme acme signs no id'],
  ])('%o say what is wrong with them', (options, message) => {
    const error = refused(options)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error?.message).toContain(message)
    expect(error?.code).toBe('invalid_option')
  })

  it('of null are none', async () => {
    const { webhook } = await import('countersign/fetch')
    expect(() => webhook(null as never, () => undefined)).toThrow('Expected `options` to be an object, got null')
  })

  it('take names of a hundred characters', () => {
    for (const name of ['endpoint', 'verifyToken']) expect(refused({ [name]: 'x'.repeat(100) })).toBeUndefined()
  })

  it('widen no tolerance for a sender that signs anew, or that never comes again', async () => {
    for (const retry of [{ windowSeconds: 86_400, resigned: true }, 'none', undefined] as const) {
      const { send } = receiver({ scheme: { ...stripe, retry }, store: store() })
      const at = (seconds: number) => ({ timestamp: new Date(Date.now() - seconds * 1000) })
      expect((await send({ id: 'evt_1' }, at(310))).status).toBe(401)
      expect((await send({ id: 'evt_1' }, at(290))).status).toBe(200)
    }
  })
})

describe('a payload', () => {
  const form = 'application/x-www-form-urlencoded'
  const caught = (bytes: Uint8Array) => {
    try {
      return parsePayload(bytes, undefined)
    } catch (error) {
      return error
    }
  }

  it('keeps the byte order mark of a form, and loses one of JSON alone', () => {
    expect(parsePayload(Buffer.from('\ufeffa=1'), form)).toEqual({ '\ufeffa': '1' })
    expect(caught(Buffer.from('\ufeff\ufeff{}'))).toBeInstanceOf(PayloadError)
  })

  it('is of its type whatever space is around that, and whatever comes behind', () => {
    for (const type of [' application/json ', 'application/json;charset=utf-8', 'application/json ; a=b;c=d']) {
      expect(parsePayload(Buffer.from('{"a":1}'), type)).toEqual({ a: 1 })
    }
    expect(parsePayload(Buffer.from('a=1'), `${form} ; charset=utf-8`)).toEqual({ a: '1' })
  })

  it('that cannot be read says why, and quotes nothing of it', () => {
    expect(caught(Uint8Array.of(0xff))).toMatchObject({ name: 'PayloadError', cause: expect.any(TypeError) })
    const noJson = caught(Buffer.from('hunter2'))
    expect(noJson).toMatchObject({ name: 'PayloadError', message: 'The body is not JSON.' })
    expect(noJson).not.toHaveProperty('cause')
  })
})

describe('what is read of a request', () => {
  const body = new Uint8Array(10)
  const incoming = (headers: Record<string, string>) => ({
    method: 'POST',
    url: () => 'https://shop.example/',
    headers,
    params: {},
    readBody: vi.fn(async () => body),
  })

  it('is a body of the length that is allowed, by what it says', async () => {
    const exact = incoming({ 'content-length': '10' })
    expect(await readBody(exact, 10)).toBe(body)
    expect(exact.readBody).toHaveBeenCalledWith(10, 15)
    const longer = incoming({ 'content-length': '11' })
    expect(await readBody(longer, 10)).toMatchObject({ code: 'body_too_large' })
    expect(longer.readBody).not.toHaveBeenCalled()
  })

  it('is a body that comes in time, and one that does not says which time', async () => {
    const slow = { ...incoming({}), readBody: vi.fn(async (_: number, seconds: number) => late(seconds)) }
    expect(await readBody(slow, 10, 3)).toEqual({
      code: 'body_incomplete',
      hint: 'The body took longer than `bodySeconds` (3).',
    })
  })

  it('is a body whose encoding is identity, however that is written', async () => {
    expect(await readBody(incoming({ 'content-encoding': '\tIDENTITY ' }), 10)).toBe(body)
    const packed = incoming({ 'content-encoding': 'identity, gzip' })
    expect(() => readBody(packed, 10)).toThrow(expect.objectContaining({ code: 'content_encoding' }))
  })
})

describe('a challenge', () => {
  const acme = (challenge: (request: HandshakeRequest) => unknown): Scheme => ({
    ...github,
    handshake: { method: 'POST', challenge: challenge as never },
  })
  const answered = async (challenge: (request: HandshakeRequest) => unknown, own: unknown = secret) =>
    shown(await receiver({ scheme: acme(challenge), secret: own }).send())

  it('is answered as the scheme says: in JSON, with a status, or with nothing', async () => {
    expect(await answered(() => ({ json: { a: 1 } }))).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
      body: '{"a":1}',
    })
    expect(await answered(() => ({ status: 202 }))).toEqual({ status: 202, headers: {}, body: '' })
    expect(await answered(() => 'text')).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: 'text',
    })
  })

  it('is signed with the first secret where nothing is verified yet', async () => {
    const own = crypto.randomUUID()
    const scheme: Scheme = { ...github, handshake: { method: 'GET', challenge: ({ sign }) => sign('token') } }
    const { hook } = receiver({ scheme, secret: [own, 'another of some length'] })
    const { body } = await shown(await hook(new Request('https://shop.example/hooks')))
    expect(body).toBe(createHmac('sha256', own).update('token').digest('hex'))
  })

  it('is signed with the secret that matched', async () => {
    const own = crypto.randomUUID()
    const signing = ({ sign }: HandshakeRequest) => sign('token')
    const { send } = receiver({ scheme: acme(signing), secret: ['another of some length', own] })
    const { body } = await shown(await send({}, { secret: own }))
    expect(body).toBe(createHmac('sha256', own).update('token').digest('hex'))
  })

  it('is echoed up to a kibibyte', async () => {
    const { send } = receiver({ scheme: slack, secret })
    const of = async (length: number) =>
      shown(await send({ type: 'url_verification', challenge: 'x'.repeat(length) }, { secret }))
    expect(await of(1024)).toMatchObject({ status: 200, body: 'x'.repeat(1024) })
    expect(await of(1025)).toMatchObject({ status: 401, body: '' })
  })
})
