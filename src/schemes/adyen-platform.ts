import { makeScheme } from './make'

/** Adyen for platforms. The key is hex. Source: docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures. */
export const adyenPlatform = /* @__PURE__ */ makeScheme({
  name: 'adyen-platform',
  key: 'hex',
  encoding: 'base64',
  signature: { header: 'hmacsignature' },
  type: { body: '/type' },
  retry: { windowSeconds: 2_592_000, resigned: true },
  bodyIsKey: true,
})
