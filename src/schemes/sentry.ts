import { makeScheme } from './make'

/** Sentry, for integrations. Neither the id, the resource nor the time is signed. Source: docs.sentry.io/organization/integrations/integration-platform/webhooks. */
export const sentry = /* @__PURE__ */ makeScheme({
  name: 'sentry',
  signature: { header: 'sentry-hook-signature' },
  id: { header: 'request-id' },
  type: { header: 'sentry-hook-resource' },
  retry: 'none',
  bodyIsKey: true,
})
