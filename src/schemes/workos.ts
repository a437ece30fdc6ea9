import { makeScheme } from './make'
import { timing } from './timing'

/** WorkOS. Its times are in milliseconds. Source: workos.com/docs/events/data-syncing/webhooks. */
export const workos = /* @__PURE__ */ makeScheme(
  {
    name: 'workos',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'workos-signature', prefix: 'v1=', list: ', ' },
    timestamp: { header: 'workos-signature', prefix: 't=', list: ', ' },
    unit: 'ms',
    toleranceSeconds: 180,
    id: { body: '/id' },
    type: { body: '/event' },
    retry: { windowSeconds: 259_200, resigned: true },
  },
  timing,
)
