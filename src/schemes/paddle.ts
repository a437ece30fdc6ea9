import { makeScheme } from './make'
import { timing } from './timing'

/** Paddle Billing. Source: developer.paddle.com/webhooks/signature-verification. */
export const paddle = /* @__PURE__ */ makeScheme(
  {
    name: 'paddle',
    content: ['timestamp', { text: ':' }, 'body'],
    signature: { header: 'paddle-signature', prefix: 'h1=', list: ';' },
    timestamp: { header: 'paddle-signature', prefix: 'ts=', list: ';' },
    toleranceSeconds: 5,
    id: { body: '/event_id' },
    type: { body: '/event_type' },
    retry: { windowSeconds: 259_200, resigned: true },
  },
  timing,
)
