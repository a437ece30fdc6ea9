import { makeScheme } from './make'
import { timing } from './timing'

/**
 * HubSpot’s third signature, with a time in milliseconds. A body may hold a hundred events.
 *
 * Source: developers.hubspot.com/docs/guides/apps/authentication/validating-requests.
 */
export const hubspotV3 = /* @__PURE__ */ makeScheme(
  {
    name: 'hubspot-v3',
    content: ['method', 'url', 'body', 'timestamp'],
    encoding: 'base64',
    signature: { header: 'x-hubspot-signature-v3' },
    timestamp: { header: 'x-hubspot-request-timestamp' },
    unit: 'ms',
    type: { body: '/0/subscriptionType' },
    // Ten tries, two minutes apart, then four, eight …
    retry: { windowSeconds: 122_760, resigned: true },
    bodyIsKey: true,
  },
  timing,
)
