import { makeScheme } from './make'
import { timing } from './timing'

/** Linear. A retry is the same bytes, which grow old; the headers are not signed. Source: linear.app/developers/webhooks. */
export const linear = /* @__PURE__ */ makeScheme(
  {
    name: 'linear',
    signature: { header: 'linear-signature' },
    timestamp: { body: '/webhookTimestamp' },
    unit: 'ms',
    toleranceSeconds: 60,
    id: { header: 'linear-delivery' },
    type: { body: '/type' },
    // Tried again after a minute, an hour and six.
    retry: { windowSeconds: 25_260, resigned: false },
    bodyIsKey: true,
  },
  timing,
)
