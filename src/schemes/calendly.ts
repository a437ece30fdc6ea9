import { makeScheme } from './make'
import { timing } from './timing'

/** Calendly. Source: developer.calendly.com/api-docs/overview/webhooks/webhook-signatures. */
export const calendly = /* @__PURE__ */ makeScheme(
  {
    name: 'calendly',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'calendly-webhook-signature', prefix: 'v1=', list: ',' },
    timestamp: { header: 'calendly-webhook-signature', prefix: 't=', list: ',' },
    // As the vendor’s own example has it.
    toleranceSeconds: 180,
    type: { body: '/event' },
    retry: { windowSeconds: 86_400, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
