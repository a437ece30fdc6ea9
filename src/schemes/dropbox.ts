import { makeScheme } from './make'

/** Dropbox. Two notifications may have the same body: it says whose files changed, and not how. Source: www.dropbox.com/developers/reference/webhooks. */
export const dropbox = /* @__PURE__ */ makeScheme({
  name: 'dropbox',
  signature: { header: 'x-dropbox-signature' },
  retry: { windowSeconds: 600, resigned: true },
  bodyIsKey: true,
  handshake: { method: 'GET', challenge: ({ url }) => url.searchParams.get('challenge') ?? undefined },
})
