import { makeStandardScheme } from './standard-webhooks'

/**
 * Svix, and Clerk, Resend and others who send through it: Standard Webhooks under its first names.
 *
 * Source: docs.svix.com/receiving/verifying-payloads/how.
 */
export const svix = /* @__PURE__ */ makeStandardScheme('svix', 'v1', {
  name: 'svix',
  key: { encoding: 'base64', prefix: 'whsec_' },
})
