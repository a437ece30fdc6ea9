import { keyedSha256 } from '../crypto/keyed-digest'
import { makeScheme } from './make'

/** HubSpot’s second signature, with the method and the URL. Source: developers.hubspot.com/docs/guides/apps/authentication/validating-requests. */
export const hubspotV2 = /* @__PURE__ */ makeScheme({
  name: 'hubspot-v2',
  content: ['method', 'url', 'body'],
  algorithm: keyedSha256,
  key: 'utf8',
  signature: { header: 'x-hubspot-signature' },
  type: { body: '/0/subscriptionType' },
  retry: { windowSeconds: 122_760, resigned: true },
  bodyIsKey: true,
})
