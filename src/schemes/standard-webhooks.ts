import { makeScheme } from './make'
import type { SchemeDescription } from './scheme'
import { timing } from './timing'

/** What both versions of Standard Webhooks share. */
export const standardWebhooksBase = {
  content: ['id', { text: '.' }, 'timestamp', { text: '.' }, 'body'],
  encoding: 'base64',
  timestamp: { header: 'webhook-timestamp' },
  id: { header: 'webhook-id' },
  type: { body: '/type' },
  // Ten tries over 75 h 35 m.
  retry: { windowSeconds: 272_100, resigned: true },
} as const satisfies Partial<SchemeDescription>

/** Standard Webhooks with a shared secret (`v1`). Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md. */
export const standardWebhooks = makeScheme(
  {
    ...standardWebhooksBase,
    name: 'standard-webhooks',
    key: { encoding: 'base64', prefix: 'whsec_' },
    signature: { header: 'webhook-signature', prefix: 'v1,', list: ' ' },
  },
  timing,
)
