import { makeScheme } from './make'

/** Intercom: HMAC-SHA1 with the client secret. Source: developers.intercom.com/docs/webhooks/webhook-notifications. */
export const intercom = /* @__PURE__ */ makeScheme({
  name: 'intercom',
  algorithm: 'hmac-sha1',
  signature: { header: 'x-hub-signature', prefix: 'sha1=' },
  id: { body: '/id' },
  type: { body: '/topic' },
  retry: { windowSeconds: 7_200, resigned: true },
})
