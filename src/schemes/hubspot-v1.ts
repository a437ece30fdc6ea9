import { keyedSha256 } from '../crypto/keyed-digest'
import { makeScheme } from './make'

/** HubSpot’s first signature, over the body alone. Source: developers.hubspot.com/docs/guides/apps/authentication/validating-requests. */
export const hubspotV1 = /* @__PURE__ */ makeScheme({
  name: 'hubspot-v1',
  algorithm: keyedSha256,
  key: 'utf8',
  signature: { header: 'x-hubspot-signature' },
  type: { body: '/0/subscriptionType' },
  retry: { windowSeconds: 122_760, resigned: true },
  bodyIsKey: true,
})
