import { makeScheme } from './make'

/** Coinbase Commerce. Source: docs.cdp.coinbase.com/commerce/api-architecture/webhooks-fields. */
export const coinbaseCommerce = /* @__PURE__ */ makeScheme({
  name: 'coinbase-commerce',
  signature: { header: 'x-cc-webhook-signature' },
  id: { body: '/event/id' },
  type: { body: '/event/type' },
  retry: { windowSeconds: 259_200, resigned: true },
})
