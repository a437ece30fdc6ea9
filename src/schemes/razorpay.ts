import { makeScheme } from './make'

/** Razorpay. Its id is not signed; after a rotation keep the old secret for a day, since retries have its signature. Source: razorpay.com/docs/webhooks/validate-test. */
export const razorpay = /* @__PURE__ */ makeScheme({
  name: 'razorpay',
  signature: { header: 'x-razorpay-signature' },
  id: { header: 'x-razorpay-event-id' },
  type: { body: '/event' },
  retry: { windowSeconds: 86_400, resigned: true },
  bodyIsKey: true,
})
