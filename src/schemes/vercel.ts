import { makeScheme } from './make'

/** Vercel: HMAC-SHA1. Source: vercel.com/docs/webhooks/webhooks-api. */
export const vercel = /* @__PURE__ */ makeScheme({
  name: 'vercel',
  algorithm: 'hmac-sha1',
  signature: { header: 'x-vercel-signature' },
  id: { body: '/id' },
  type: { body: '/type' },
  retry: { windowSeconds: 86_400, resigned: true },
})
