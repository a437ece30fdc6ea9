import { ed25519 } from '../crypto/ed25519'
import { makeScheme } from './make'
import { timing } from './timing'

/** Telnyx, with the account’s public key in base64. Source: developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks. */
export const telnyx = /* @__PURE__ */ makeScheme(
  {
    name: 'telnyx',
    content: ['timestamp', { text: '|' }, 'body'],
    algorithm: ed25519,
    encoding: 'base64',
    signature: { header: 'telnyx-signature-ed25519' },
    timestamp: { header: 'telnyx-timestamp' },
    id: { body: '/data/id' },
    type: { body: '/data/event_type' },
  },
  timing,
)
