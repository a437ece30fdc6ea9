import { makeScheme } from './make'

/** Square: signs the URL of the subscription with the body. Source: developer.squareup.com/docs/webhooks/step3validate. */
export const square = /* @__PURE__ */ makeScheme({
  name: 'square',
  content: ['url', 'body'],
  encoding: 'base64',
  signature: { header: 'x-square-hmacsha256-signature' },
  id: { body: '/event_id' },
  type: { body: '/type' },
  retry: { windowSeconds: 259_200, resigned: true },
})
