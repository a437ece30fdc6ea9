import { makeScheme } from './make'
import { timing } from './timing'

/** ElevenLabs. Source: elevenlabs.io/docs/eleven-api/resources/webhooks. */
export const elevenlabs = /* @__PURE__ */ makeScheme(
  {
    name: 'elevenlabs',
    content: ['timestamp', { text: '.' }, 'body'],
    signature: { header: 'elevenlabs-signature', prefix: 'v0=', list: ',' },
    timestamp: { header: 'elevenlabs-signature', prefix: 't=', list: ',' },
    toleranceSeconds: 1800,
    type: { body: '/type' },
    retry: { windowSeconds: 2_700, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
