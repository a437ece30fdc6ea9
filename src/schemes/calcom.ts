import { makeScheme } from './make'

/** Cal.com. Source: cal.com/docs/developing/guides/automation/webhooks. */
export const calcom = /* @__PURE__ */ makeScheme({
  name: 'calcom',
  signature: { header: 'x-cal-signature-256' },
  type: { body: '/triggerEvent' },
  bodyIsKey: true,
})
