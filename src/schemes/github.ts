import { makeScheme } from './make'

/** GitHub. Neither the delivery id nor the event name is signed, and nothing tells the time. Source: docs.github.com/webhooks. */
export const github = /* @__PURE__ */ makeScheme({
  name: 'github',
  signature: { header: 'x-hub-signature-256', prefix: 'sha256=' },
  id: { header: 'x-github-delivery' },
  type: { header: 'x-github-event' },
  // No automatic retries; a person may redeliver for three days. Bodies are at most 25 MB.
  retry: { windowSeconds: 259_200, resigned: true },
  bodyIsKey: true,
  maxBodyBytes: 26_214_400,
})
