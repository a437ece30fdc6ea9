import { readPointer } from '../core/pointer'
import { ed25519 } from '../crypto/ed25519'
import { makeScheme } from './make'
import { timing } from './timing'

/** Discord: interactions and events, with the application’s public key in hex. Source: docs.discord.com/developers/events/webhook-events. */
export const discord = /* @__PURE__ */ makeScheme(
  {
    name: 'discord',
    content: ['timestamp', 'body'],
    algorithm: ed25519,
    key: 'hex',
    signature: { header: 'x-signature-ed25519' },
    timestamp: { header: 'x-signature-timestamp' },
    type: { body: '/event/type' },
    retry: { windowSeconds: 600, resigned: true },
    bodyIsKey: true,
    handshake: {
      method: 'POST',
      // A ping is of type 1 among interactions, and of type 0 among events.
      challenge({ payload }) {
        const type = readPointer(payload, '/type')
        if (type === '1') return { json: { type: 1 } }
        return type === '0' && readPointer(payload, '/event/type') === undefined ? { status: 204 } : undefined
      },
    },
  },
  timing,
)
