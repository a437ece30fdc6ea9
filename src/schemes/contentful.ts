import { makeScheme } from './make'
import { signedHeaders } from './proofs/signed-headers'
import { timing } from './timing'

/**
 * Contentful, with the app’s signing secret: method, path, the headers that it names, and the body.
 *
 * Not signed: the host, and headers that are not in that list, such as the topic and the id. Source: www.contentful.com/developers/docs/webhooks/request-verification.
 */
export const contentful = /* @__PURE__ */ makeScheme(
  {
    name: 'contentful',
    content: ['method', 'url', 'timestamp', 'body'],
    signature: { header: 'x-contentful-signature' },
    proof: /* @__PURE__ */ signedHeaders('x-contentful-signed-headers'),
    timestamp: { header: 'x-contentful-timestamp' },
    unit: 'ms',
    toleranceSeconds: 30,
    id: { header: 'x-contentful-idempotency-key' },
    type: { header: 'x-contentful-topic' },
    // Two more tries, thirty seconds apart.
    retry: { windowSeconds: 60, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
