import { token } from '../crypto/token'
import { makeScheme } from './make'

/** Postmark, with the `user:password` of the URL as secret: nothing of the request is signed. Source: postmarkapp.com/developer/webhooks/webhooks-overview. */
export const postmark = /* @__PURE__ */ makeScheme({
  name: 'postmark',
  algorithm: token,
  key: 'utf8',
  encoding: 'base64',
  signature: { header: 'authorization', prefix: 'Basic ' },
  type: { body: '/RecordType' },
  // Ten tries over ten and a half hours.
  retry: { windowSeconds: 37_860, resigned: true },
  bodyIsKey: true,
})
