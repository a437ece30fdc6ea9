import { makeScheme } from './make'

/** Bitbucket Cloud. Neither the request’s id nor the event’s name is signed. Source: support.atlassian.com/bitbucket-cloud/docs/manage-webhooks. */
export const bitbucket = /* @__PURE__ */ makeScheme({
  name: 'bitbucket',
  signature: { header: 'x-hub-signature', prefix: 'sha256=' },
  id: { header: 'x-request-uuid' },
  type: { header: 'x-event-key' },
  retry: { windowSeconds: 300, resigned: true },
  bodyIsKey: true,
})
