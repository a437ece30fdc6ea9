import { readPointer } from '../core/pointer'
import { makeScheme } from './make'
import { timing } from './timing'

/** Twitch EventSub. Source: dev.twitch.tv/docs/eventsub/handling-webhook-events. */
export const twitch = /* @__PURE__ */ makeScheme(
  {
    name: 'twitch',
    content: ['id', 'timestamp', 'body'],
    signature: { header: 'twitch-eventsub-message-signature', prefix: 'sha256=' },
    timestamp: { header: 'twitch-eventsub-message-timestamp' },
    unit: 'iso',
    toleranceSeconds: 600,
    id: { header: 'twitch-eventsub-message-id' },
    type: { body: '/subscription/type' },
    handshake: {
      method: 'POST',
      // Of the two that could tell, only the body is signed.
      challenge: ({ payload }) => readPointer(payload, '/challenge'),
    },
  },
  timing,
)
