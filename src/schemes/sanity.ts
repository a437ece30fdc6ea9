import { makeScheme } from './make'
import { timing } from './timing'

/** Sanity. Its times are in milliseconds, and its id is not signed. Source: www.sanity.io/docs/content-lake/webhook-best-practices. */
export const sanity = /* @__PURE__ */ makeScheme(
  {
    name: 'sanity',
    content: ['timestamp', { text: '.' }, 'body'],
    encoding: 'base64url',
    signature: { header: 'sanity-webhook-signature', prefix: 'v1=', list: ',' },
    timestamp: { header: 'sanity-webhook-signature', prefix: 't=', list: ',' },
    unit: 'ms',
    // As the vendor’s own code, which checks no age.
    toleranceSeconds: false,
    id: { header: 'idempotency-key' },
    type: { header: 'sanity-operation' },
    retry: { windowSeconds: 1_800, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
