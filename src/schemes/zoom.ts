import { readPointer } from '../core/pointer'
import { makeScheme } from './make'
import { timing } from './timing'

/** Zoom. Source: developers.zoom.us/docs/api/webhooks. */
export const zoom = /* @__PURE__ */ makeScheme(
  {
    name: 'zoom',
    content: [{ text: 'v0:' }, 'timestamp', { text: ':' }, 'body'],
    signature: { header: 'x-zm-signature', prefix: 'v0=' },
    timestamp: { header: 'x-zm-request-timestamp' },
    type: { body: '/event' },
    retry: { windowSeconds: 5100, resigned: true },
    bodyIsKey: true,
    handshake: {
      method: 'POST',
      async challenge({ payload, sign }) {
        if (readPointer(payload, '/event') !== 'endpoint.url_validation') return undefined
        const plainToken = readPointer(payload, '/payload/plainToken') ?? ''
        return { json: { plainToken, encryptedToken: await sign(plainToken) } }
      },
    },
  },
  timing,
)
