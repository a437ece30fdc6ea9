import { makeScheme } from './make'

/** Xero. A body may hold several events. Source: developer.xero.com/documentation/webhooks/configuring-your-server. */
export const xero = /* @__PURE__ */ makeScheme({
  name: 'xero',
  encoding: 'base64',
  signature: { header: 'x-xero-signature' },
  retry: { windowSeconds: 86_400, resigned: true },
  bodyIsKey: true,
  handshake: {
    method: 'POST',
    // The intent to receive: an empty 200 for a signature that holds, 401 for one that does not.
    challenge: ({ payload }) => ((payload as { events?: unknown[] } | undefined)?.events?.length === 0 ? {} : undefined),
  },
})
