import { makeScheme } from './make'
import { timing } from './timing'

/** Stripe. The whole `whsec_…` text is the key. Source: docs.stripe.com/webhooks/signature. */
export const stripe = /* @__PURE__ */ makeScheme(
  {
    name: 'stripe',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'stripe-signature', prefix: 'v1=', list: ',' },
    timestamp: { header: 'stripe-signature', prefix: 't=', list: ',' },
    id: { body: '/id' },
    type: { body: '/type' },
    // Live mode retries for up to three days.
    retry: { windowSeconds: 259_200, resigned: true },
  },
  timing,
)
