import { generateSecret, sign } from 'countersign'
import { webhook } from 'countersign/fastify'
import { standardWebhooks } from 'countersign/schemes'
import createFastify5 from 'fastify'
import createFastify4 from 'fastify4'
import { describe, expect, it, vi } from 'vitest'

const secret = generateSecret()
const body = '{"id":"evt_1",  "type":"paid"}'
const options = { scheme: standardWebhooks, secret }
const headers = async () => ({ 'content-type': 'application/json', ...(await sign(standardWebhooks, { secret, body })) })

describe.each<[string, typeof createFastify5]>([
  ['5', createFastify5],
  ['4', createFastify4 as never],
])('the plugin of Fastify %s', (_version, createFastify) => {
  it('works with inject, hooks and parameters, and touches no other route', async () => {
    const app = createFastify()
    const sent: number[] = []
    app.addHook('onSend', async (_request, reply) => void sent.push(reply.statusCode))
    app.post('/json', async (request) => ({ got: request.body }))
    const accounts: unknown[] = []
    const lookUp = ({ params, url }: { params: Readonly<Record<string, string>>; url: URL }) => {
      accounts.push([params.account, url.pathname])
      return { account: params.account ?? '', secret }
    }
    await app.register(
      webhook({ url: '/hooks/:account', ...options, secret: lookUp }, () => undefined),
      { prefix: '/api' },
    )

    const response = await app.inject({ method: 'POST', url: '/api/hooks/acct_1', headers: await headers(), payload: body })
    expect([response.statusCode, response.body]).toEqual([200, ''])
    expect(accounts).toEqual([['acct_1', '/api/hooks/acct_1']])
    const other = await app.inject({
      method: 'POST',
      url: '/json',
      headers: { 'content-type': 'application/json' },
      payload: body,
    })
    expect(other.json()).toEqual({ got: JSON.parse(body) })
    const unknown = await app.inject({
      method: 'POST',
      url: '/json',
      headers: { 'content-type': 'application/unknown' },
      payload: 'x',
    })
    expect(unknown.statusCode).toBe(415)
    expect(sent).toEqual([200, 200, 415])
    await app.close()
  })

  it('leaves to the error handler what hooks have made impossible to send', async () => {
    const app = createFastify()
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-broken', 'a\nb'))
    await app.register(webhook({ url: '/hooks', ...options }, () => undefined))
    const response = await app.inject({ method: 'POST', url: '/hooks', headers: await headers(), payload: body })
    expect(response.statusCode).toBe(500)
    expect(response.json()).toMatchObject({ code: 'ERR_INVALID_CHAR' })
  })

  it('reads a stream that a hook has put in place of the first', async () => {
    const handler = vi.fn()
    const app = createFastify()
    const { PassThrough } = await import('node:stream')
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new PassThrough()))
    await app.register(webhook({ url: '/hooks', ...options }, handler))
    expect((await app.inject({ method: 'POST', url: '/hooks', headers: await headers(), payload: body })).statusCode).toBe(200)
    expect(handler).toHaveBeenCalledTimes(1)
    await app.close()
  })

  it('needs its path', () => {
    expect(() => webhook({ ...options } as never, () => undefined)).toThrow(
      /Expected `url` to be the path of the route, got undefined/,
    )
  })
})
