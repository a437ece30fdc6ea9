import { makeScheme } from './make'

/** WooCommerce. Neither the delivery’s id nor the topic is signed, and it never retries. Source: developer.woocommerce.com/docs/apis/rest-api/v3/webhooks. */
export const woocommerce = /* @__PURE__ */ makeScheme({
  name: 'woocommerce',
  encoding: 'base64',
  signature: { header: 'x-wc-webhook-signature' },
  id: { header: 'x-wc-webhook-delivery-id' },
  type: { header: 'x-wc-webhook-topic' },
  retry: 'none',
  bodyIsKey: true,
})
