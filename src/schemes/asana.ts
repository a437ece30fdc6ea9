import { makeScheme } from './make'

/** Asana. A body may hold several events, and the secret comes with the first request. Source: developers.asana.com/docs/webhooks-guide. */
export const asana = /* @__PURE__ */ makeScheme({
  name: 'asana',
  signature: { header: 'x-hook-signature' },
  retry: { windowSeconds: 86_400, resigned: true },
  bodyIsKey: true,
})
