import { makeStandardScheme } from './standard'

/** Resend, which sends through Svix. Source: resend.com/docs/webhooks/verify-webhooks-requests. */
export const resend = /* @__PURE__ */ makeStandardScheme('svix', 'v1', {
  name: 'resend',
  key: { encoding: 'base64', prefix: 'whsec_' },
  // As Svix does: eight tries over 27 h 35 m.
  retry: { windowSeconds: 99_305, resigned: true },
})
