import { makeScheme } from './make'
import { signedForm } from './proofs/form'

/**
 * Twilio, with the auth token: signs the URL and the parameters of the form; of other bodies their hash, in the URL.
 *
 * Not signed: the id `i-twilio-idempotency-token`; the order of the parameters, and where a name ends and its value begins; any
 * time. Source: www.twilio.com/docs/usage/webhooks/webhooks-security.
 */
export const twilio = /* @__PURE__ */ makeScheme({
  name: 'twilio',
  content: ['url', 'body'],
  algorithm: 'hmac-sha1',
  encoding: 'base64',
  signature: { header: 'x-twilio-signature' },
  proof: /* @__PURE__ */ signedForm({ bodyHash: 'bodySHA256' }),
  id: { header: 'i-twilio-idempotency-token' },
  retry: { windowSeconds: 15, resigned: true },
  bodyIsKey: true,
})
