import { makeScheme } from './make'
import { numbered } from './proofs/numbered'

/** DocuSign Connect: a signature for each active key. Source: developers.docusign.com/platform/webhooks/connect/validate. */
export const docusign = /* @__PURE__ */ makeScheme({
  name: 'docusign',
  encoding: 'base64',
  signature: { header: 'x-docusign-signature', list: ',' },
  proof: /* @__PURE__ */ numbered(100),
  type: { body: '/event' },
  // Sources say seven days and fifteen.
  retry: { windowSeconds: 1_296_000, resigned: true },
  bodyIsKey: true,
})
