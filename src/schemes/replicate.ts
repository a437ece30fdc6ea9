import { makeStandardScheme } from './standard'

/** Replicate: Standard Webhooks; the body is the prediction and its status. Source: replicate.com/docs/topics/webhooks/verify-webhook. */
export const replicate = /* @__PURE__ */ makeStandardScheme('webhook', 'v1', {
  name: 'replicate',
  key: { encoding: 'base64', prefix: 'whsec_' },
  type: { body: '/status' },
  // Only the last event of a prediction is repeated, for about a minute.
  retry: { windowSeconds: 60, resigned: true },
})
