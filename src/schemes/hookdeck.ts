import { makeScheme } from './make'

/** Hookdeck, for what it passes on. Its ids are not signed. Source: hookdeck.com/docs/authentication. */
export const hookdeck = /* @__PURE__ */ makeScheme({
  name: 'hookdeck',
  encoding: 'base64',
  signature: { header: 'x-hookdeck-signature' },
  id: { header: 'x-hookdeck-eventid' },
  bodyIsKey: true,
})
