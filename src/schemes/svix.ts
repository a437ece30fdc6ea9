import { makeScheme } from './make'
import { standardWebhooksBase } from './standard-webhooks'
import { timing } from './timing'

/** Svix, and Clerk, Resend and others who send through it: Standard Webhooks under its first names. Source: docs.svix.com/receiving/verifying-payloads/how. */
export const svix = makeScheme(
  {
    ...standardWebhooksBase,
    name: 'svix',
    key: { encoding: 'base64', prefix: 'whsec_' },
    signature: { header: 'svix-signature', prefix: 'v1,', list: ' ' },
    timestamp: { header: 'svix-timestamp' },
    id: { header: 'svix-id' },
    // Eight tries over 27 h 35 m.
    retry: { windowSeconds: 99_305, resigned: true },
  },
  timing,
)
