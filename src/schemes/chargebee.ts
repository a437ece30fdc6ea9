import { token } from '../crypto/token'
import { makeScheme } from './make'

/** Chargebee, with the `user:password` of the URL as secret: nothing of the request is signed. Source: www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings. */
export const chargebee = /* @__PURE__ */ makeScheme({
  name: 'chargebee',
  algorithm: token,
  key: 'utf8',
  encoding: 'base64',
  signature: { header: 'authorization', prefix: 'Basic ' },
  id: { body: '/id' },
  type: { body: '/event_type' },
  retry: { windowSeconds: 172_800, resigned: true },
  bodyIsKey: true,
})
