import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { selfSigned } from './certificate'
import { event, listening, secret, sender } from './servers'

const loopback = [127, 0, 0, 1]

async function secureEndpoint(certificate: { cert: string; key: string }, options: object = {}) {
  const clients: (string | undefined)[] = []
  const server = createServer({ ...certificate, ...options }, (request, response) => {
    clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN))
    request.resume().on('end', () => response.end())
  })
  return { ...(await listening(server, '127.0.0.1', 'https')), clients }
}

describe('an endpoint with TLS', () => {
  it('is called when its certificate is trusted, and its connection is kept', async () => {
    const certificate = selfSigned('localhost', { address: loopback })
    const { url, connections } = await secureEndpoint(certificate)
    const { attempt } = sender({ tls: { ca: certificate.cert } })
    for (const _ of [1, 2, 3]) expect((await attempt({ url, secret }, event)).verdict).toBe('delivered')
    expect(connections()).toBe(1)
  })

  it.each([
    ['nobody vouches for', selfSigned('localhost', { address: loopback }), undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['is another’s', selfSigned('other.example'), 'its own', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('hears nothing when its certificate is one that %s', async (_, certificate, trusted, code) => {
    const { url, clients } = await secureEndpoint(certificate)
    const { attempt } = sender(trusted ? { tls: { ca: certificate.cert } } : {})
    expect(await attempt({ url, secret }, event)).toMatchObject({ verdict: 'retry', outcome: { kind: 'network', code } })
    expect(clients).toEqual([])
  })

  it('is asked by its name where it has one', async () => {
    const certificate = selfSigned('hooks.example')
    const { port } = await secureEndpoint(certificate)
    const { attempt } = sender({
      tls: { ca: certificate.cert },
      lookup: (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    expect((await attempt({ url: `https://hooks.example:${port}/`, secret }, event)).verdict).toBe('delivered')
  })

  it('is shown our own certificate where it asks for one', async () => {
    const [certificate, own] = [selfSigned('localhost', { address: loopback }), selfSigned('sender.example')]
    const { url, clients } = await secureEndpoint(certificate, { requestCert: true, ca: own.cert })
    const { attempt } = sender({ tls: { ca: certificate.cert, ...own } })
    expect((await attempt({ url, secret }, event)).verdict).toBe('delivered')
    expect(clients).toEqual(['sender.example'])
  })

  it('that is none is a fault of the network', async () => {
    const { url } = await listening((await import('node:http')).createServer(), '127.0.0.1', 'https')
    expect(await sender().attempt({ url, secret }, event)).toMatchObject({ verdict: 'retry', outcome: { kind: 'network' } })
  })
})
