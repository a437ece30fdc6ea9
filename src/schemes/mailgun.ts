import { makeScheme } from './make'
import { inBody } from './proofs/in-body'
import { timing } from './timing'

/**
 * Mailgun, with the webhook signing key: only a time and a token are signed, not the event beside them.
 *
 * The token is the key, so that a genuine signature is good for one event only. Source:
 * documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks.
 */
export const mailgun = /* @__PURE__ */ makeScheme(
  {
    name: 'mailgun',
    content: ['timestamp', { body: '/signature/token' }],
    signature: { body: '/signature/signature' },
    proof: /* @__PURE__ */ inBody(),
    timestamp: { body: '/signature/timestamp' },
    id: { body: '/signature/token' },
    type: { body: '/event-data/event' },
    retry: { windowSeconds: 29_100, resigned: true },
  },
  timing,
)
