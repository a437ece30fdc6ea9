import { makeScheme } from './make'

/** Shopify. Neither the webhook id nor the topic is signed, and nothing tells the time. Source: shopify.dev/docs/apps/build/webhooks. */
export const shopify = /* @__PURE__ */ makeScheme({
  name: 'shopify',
  encoding: 'base64',
  signature: { header: 'x-shopify-hmac-sha256' },
  id: { header: 'x-shopify-webhook-id' },
  type: { header: 'x-shopify-topic' },
  // Eight tries over four hours.
  retry: { windowSeconds: 14_400, resigned: true },
  bodyIsKey: true,
})
