import { makeScheme } from './make'

/** LINE. A body may hold several events, and one that comes again says so in its body. Source: developers.line.biz/en/docs/messaging-api/verify-webhook-signature. */
export const line = /* @__PURE__ */ makeScheme({
  name: 'line',
  encoding: 'base64',
  signature: { header: 'x-line-signature' },
  bodyIsKey: true,
})
