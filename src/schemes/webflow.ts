import { makeScheme } from './make'
import { timing } from './timing'

/** Webflow. Its times are in milliseconds. Source: developers.webflow.com/data/docs/working-with-webhooks. */
export const webflow = /* @__PURE__ */ makeScheme(
  {
    name: 'webflow',
    content: ['timestamp', { text: ':' }, 'body'],
    signature: { header: 'x-webflow-signature' },
    timestamp: { header: 'x-webflow-timestamp' },
    unit: 'ms',
    type: { body: '/triggerType' },
    retry: { windowSeconds: 1_800, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
