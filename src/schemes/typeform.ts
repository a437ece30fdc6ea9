import { makeScheme } from './make'

/** Typeform: base64 in spite of its prefix. Source: www.typeform.com/developers/webhooks/secure-your-webhooks. */
export const typeform = /* @__PURE__ */ makeScheme({
  name: 'typeform',
  encoding: 'base64',
  signature: { header: 'typeform-signature', prefix: 'sha256=' },
  id: { body: '/event_id' },
  type: { body: '/event_type' },
  retry: { windowSeconds: 38_100, resigned: true },
})
