import { makeScheme } from './make'

/** Meta: WhatsApp, Instagram, Messenger, pages. Nothing tells the time, and one body may hold several events. Source: developers.facebook.com/docs/graph-api/webhooks/getting-started. */
export const meta = /* @__PURE__ */ makeScheme({
  name: 'meta',
  signature: { header: 'x-hub-signature-256', prefix: 'sha256=' },
  type: { body: '/object' },
  retry: { windowSeconds: 604_800, resigned: true },
  bodyIsKey: true,
  maxBodyBytes: 3_145_728,
  handshake: {
    method: 'GET',
    challenge: ({ url: { searchParams }, isVerifyToken }) => {
      if (searchParams.get('hub.mode') !== 'subscribe') return undefined
      const [token, challenge] = ['hub.verify_token', 'hub.challenge'].map((name) => searchParams.get(name) ?? '')
      return isVerifyToken(token as string) && (challenge as string)
    },
  },
})
