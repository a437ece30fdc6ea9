import { ecdsaP256Der } from '../crypto/ecdsa'
import { makeScheme } from './make'
import { timing } from './timing'

/**
 * SendGrid’s signed event webhook, with the verification key that its settings show; one body holds many events.
 *
 * It names no tolerance, so its timestamp is read and its age is not checked.
 * Source: www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
 */
export const sendgrid = /* @__PURE__ */ makeScheme(
  {
    name: 'sendgrid',
    content: ['timestamp', 'body'],
    algorithm: ecdsaP256Der,
    encoding: 'base64',
    signature: { header: 'x-twilio-email-event-webhook-signature' },
    timestamp: { header: 'x-twilio-email-event-webhook-timestamp' },
    toleranceSeconds: false,
    type: { body: '/0/event' },
    retry: { windowSeconds: 86_400, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
