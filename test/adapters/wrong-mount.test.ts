import { generateSecret, sign } from 'countersign'
import { webhook as express } from 'countersign/express'
import { webhook as fastify } from 'countersign/fastify'
import { webhook as fetching } from 'countersign/fetch'
import { webhook as node } from 'countersign/node'
import { standardWebhooks } from 'countersign/schemes'
import createExpress from 'express'
import createFastify from 'fastify'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { listen } from './mounts'

const secret = generateSecret()
const options = { scheme: standardWebhooks, secret }
const body = '{}'
const handler = () => undefined
const message = async () => ({ method: 'POST', headers: await sign(standardWebhooks, { secret, body }), body })

async function inExpress(hook: unknown): Promise<string> {
  const { url, close } = await listen(createExpress().all('/hooks', hook as never))
  const response = await fetch(new URL('/hooks', url), await message())
  const text = await response.text()
  await close()
  return `${response.status} ${text}`
}

async function inHono(route: (hono: Hono) => unknown): Promise<string> {
  const hono = new Hono().onError((error, context) => context.text(error.message, 500))
  route(hono)
  const response = await hono.request('/hooks', await message())
  return `${response.status} ${await response.text()}`
}

/** An editor that adds imports by itself takes the wrong `webhook` as easily as the right one. */
it.each<[string, () => Promise<string>, RegExp]>([
  ['fetch in Express', () => inExpress(fetching(options, handler)), /^500 .*Expected `request` to be a fetch Request/s],
  [
    'Fastify in Express',
    () => inExpress(fastify({ ...options, url: '/hooks' }, handler)),
    /^500 .*app\.register\(webhook\(…\)\)/s,
  ],
  [
    'Express in Hono',
    () => inHono((hono) => hono.all('/hooks', express(options, handler) as never)),
    /^500 .*the adapter of your framework/,
  ],
  [
    'Node in Hono',
    () => inHono((hono) => hono.all('/hooks', node(options, handler) as never)),
    /^500 .*the adapter of your framework/,
  ],
  [
    'fetch in Hono, of its context',
    () => inHono((hono) => hono.all('/hooks', fetching(options, handler) as never)),
    /^500 .*context\.req\.raw/,
  ],
  [
    'fetch in Hono, of its own request',
    () => inHono((hono) => hono.all('/hooks', (context) => fetching(options, handler)(context.req as never))),
    /^500 .*context\.req\.raw/,
  ],
])('a receiver of %s says so', async (_, mount, said) => expect(await mount()).toMatch(said))

it('a receiver of Express in Fastify says so', async () => {
  const app = createFastify()
  await expect(app.register(express(options, handler) as never).ready()).rejects.toThrow('the adapter of your framework')
  await app.close()
})
