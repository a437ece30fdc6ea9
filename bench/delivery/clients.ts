import { createHmac, createSecretKey } from 'node:crypto'
import { Agent, type ClientRequest, request } from 'node:http'
import axios from 'axios'
import * as undici from 'undici'

// As it is installed, and not as tsx would make it.
const built = new URL('../../dist/', import.meta.url).href
const { createSender } = (await import(`${built}sender/index.js`)) as typeof import('../../src/sender/index')
const { createSender: createFetchSender } = (await import(`${built}sender/fetch.js`)) as typeof import('../../src/sender/fetch')
const { standardWebhooks } = (await import(`${built}schemes/index.js`)) as typeof import('../../src/schemes/index')

/** How many deliveries are under way at once. */
export const atOnce = 64

const body = Buffer.from(JSON.stringify({ data: 'x'.repeat(1013) }))
const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const deadlineMs = 15_000
let number = 0

/** The clients by name; each gives its delivery to an endpoint on loopback. */
export const clients: Readonly<Record<string, (port: number) => () => Promise<unknown>>> = {
  '`node:http`, kept alive'(port) {
    const agent = new Agent({ keepAlive: true })
    return () =>
      new Promise<void>((resolve, reject) => {
        const sent = request(urlOf(port), { agent, method: 'POST', headers }, (response) => response.resume().on('end', resolve))
        sent.on('error', reject).end(body)
      })
  },

  '`node:http`, with a deadline and `createHmac`'(port) {
    const agent = new Agent({ keepAlive: true })
    const key = createSecretKey(Buffer.from(secret.slice(6), 'base64'))
    return () =>
      new Promise<void>((resolve, reject) => {
        const id = `msg_${++number}`
        const time = Math.floor(Date.now() / 1000)
        const mac = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')
        const signed = { 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${mac}` }
        const options = { agent, method: 'POST', headers: { ...headers, ...signed } }
        const sent: ClientRequest = request(urlOf(port), options, (response) =>
          response.resume().on('end', () => {
            clearTimeout(deadline)
            resolve()
          }),
        )
        const deadline = setTimeout(() => sent.destroy(new Error('Too late')), deadlineMs)
        sent.on('error', reject).end(body)
      })
  },

  '`undici.request`'(port) {
    const dispatcher = new undici.Agent()
    const options = { dispatcher, method: 'POST', headers: { 'content-type': 'application/json' }, body } as const
    return async () => (await undici.request(urlOf(port), options)).body.dump()
  },

  '`fetch`'(port) {
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    return async () => (await fetch(urlOf(port), options)).text()
  },

  '`axios`, kept alive'(port) {
    const own = axios.create({ httpAgent: new Agent({ keepAlive: true }) })
    return () => own.post(urlOf(port), body, { headers, responseType: 'text' })
  },

  '**countersign**, signed and guarded': (port) => by(port, createSender(common(port))),
  '**countersign** by undici, signed and guarded': (port) => by(port, createSender({ ...common(port), undici })),
  '**countersign** by fetch, signed': (port) => by(port, createFetchSender(common(port))),
}

const urlOf = (port: number) => `http://127.0.0.1:${port}/hooks`

const common = (port: number) => ({
  scheme: standardWebhooks,
  guard: { ports: [port], allow: ['127.0.0.1/32'] },
  inFlightPerEndpoint: atOnce,
})

const by = (port: number, sender: ReturnType<typeof createSender>) => async () => {
  const { verdict, code } = await sender.attempt({ url: urlOf(port), secret }, { id: `msg_${++number}`, body })
  if (verdict !== 'delivered') throw new Error(`Not delivered: ${code}`)
}
