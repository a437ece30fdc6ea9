import { readPointer } from '../core/pointer'
import { makeScheme } from './make'
import { timing } from './timing'

/** Slack: events, interactions and slash commands. Source: docs.slack.dev/authentication/verifying-requests-from-slack. */
export const slack = /* @__PURE__ */ makeScheme(
  {
    name: 'slack',
    content: [{ text: 'v0:' }, 'timestamp', { text: ':' }, 'body'],
    signature: { header: 'x-slack-signature', prefix: 'v0=' },
    timestamp: { header: 'x-slack-request-timestamp' },
    id: { body: '/event_id' },
    type: { body: '/event/type' },
    // Three tries: at once, after a minute and after five.
    retry: { windowSeconds: 3600, resigned: true },
    bodyIsKey: true,
    handshake: {
      method: 'POST',
      challenge: ({ payload }) =>
        readPointer(payload, '/type') === 'url_verification' ? readPointer(payload, '/challenge') : undefined,
    },
  },
  timing,
)
