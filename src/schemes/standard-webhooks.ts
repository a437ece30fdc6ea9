import { makeStandardScheme } from './standard'

/** Standard Webhooks with a shared secret (`v1`). Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md. */
export const standardWebhooks = /* @__PURE__ */ makeStandardScheme('webhook', 'v1', {
  name: 'standard-webhooks',
  key: { encoding: 'base64', prefix: 'whsec_' },
})
