import { makeScheme } from './make'

/** Lemon Squeezy. Source: docs.lemonsqueezy.com/help/webhooks/signing-requests. */
export const lemonsqueezy = /* @__PURE__ */ makeScheme({
  name: 'lemonsqueezy',
  signature: { header: 'x-signature' },
  type: { body: '/meta/event_name' },
  retry: { windowSeconds: 155, resigned: true },
  bodyIsKey: true,
})
