import { makeScheme } from './make'
import { timing } from './timing'

/** Zendesk. Its id is not signed. Source: developer.zendesk.com/documentation/webhooks/verifying. */
export const zendesk = /* @__PURE__ */ makeScheme(
  {
    name: 'zendesk',
    content: ['timestamp', 'body'],
    encoding: 'base64',
    signature: { header: 'x-zendesk-webhook-signature' },
    timestamp: { header: 'x-zendesk-webhook-signature-timestamp' },
    unit: 'iso',
    id: { header: 'x-zendesk-webhook-invocation-id' },
    type: { body: '/type' },
    bodyIsKey: true,
  },
  timing,
)
