import { ed25519 } from '../crypto/ed25519'
import { makeStandardScheme } from './standard'

/**
 * Standard Webhooks with a key pair (`v1a`, Ed25519): the sender’s `whsk_…`, the receiver’s `whpk_…`.
 *
 * Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
 */
export const standardWebhooksV1a = /* @__PURE__ */ makeStandardScheme('webhook', 'v1a', {
  name: 'standard-webhooks-v1a',
  algorithm: ed25519,
  key: { encoding: 'base64', prefix: 'whpk_', privatePrefix: 'whsk_' },
})
