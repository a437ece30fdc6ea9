import { makeStandardScheme } from './standard'

/**
 * Svix, and others who send through it: Standard Webhooks under its first names.
 *
 * Source: docs.svix.com/receiving/verifying-payloads/how.
 */
export const svix = /* @__PURE__ */ makeStandardScheme('svix', 'v1', {
  name: 'svix',
  key: { encoding: 'base64', prefix: 'whsec_' },
  // Eight tries over 27 h 35 m.
  retry: { windowSeconds: 99_305, resigned: true },
})
