import { makeScheme } from './make'
import { timing } from './timing'

/** Mux. Source: www.mux.com/docs/core/verify-webhook-signatures. */
export const mux = /* @__PURE__ */ makeScheme(
  {
    name: 'mux',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'mux-signature', prefix: 'v1=', list: ',' },
    timestamp: { header: 'mux-signature', prefix: 't=', list: ',' },
    id: { body: '/id' },
    type: { body: '/type' },
    retry: { windowSeconds: 86_400, resigned: true },
  },
  timing,
)
