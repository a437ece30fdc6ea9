import { makeStandardScheme } from './standard'

/** Clerk, which sends through Svix. Source: clerk.com/docs/webhooks/sync-data. */
export const clerk = /* @__PURE__ */ makeStandardScheme('svix', 'v1', {
  name: 'clerk',
  key: { encoding: 'base64', prefix: 'whsec_' },
  // As Svix does: eight tries over 27 h 35 m.
  retry: { windowSeconds: 99_305, resigned: true },
})
