import { makeScheme } from './make'
import { inBody } from './proofs/in-body'

const separator = { text: ':' }

/**
 * Adyen payments: each item of a notification is signed by itself, and only eight of its values. The key is hex.
 *
 * Source: docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures.
 */
export const adyen = /* @__PURE__ */ makeScheme({
  name: 'adyen',
  content: [
    { body: '/pspReference' },
    separator,
    { body: '/originalReference' },
    separator,
    { body: '/merchantAccountCode' },
    separator,
    { body: '/merchantReference' },
    separator,
    { body: '/amount/value' },
    separator,
    { body: '/amount/currency' },
    separator,
    { body: '/eventCode' },
    separator,
    { body: '/success' },
  ],
  key: 'hex',
  encoding: 'base64',
  signature: { body: '/additionalData/hmacSignature' },
  proof: /* @__PURE__ */ inBody({
    items: { list: '/notificationItems', item: '/NotificationRequestItem' },
    // The merchant’s own text.
    free: '/merchantReference',
  }),
  type: { body: '/notificationItems/0/NotificationRequestItem/eventCode' },
  retry: { windowSeconds: 2_592_000, resigned: true },
  bodyIsKey: true,
})
