import { makeStandardScheme } from './standard'

/** Supabase Auth Hooks: Standard Webhooks, with `v1,` before the secret. Source: supabase.com/docs/guides/auth/auth-hooks. */
export const supabase = /* @__PURE__ */ makeStandardScheme('webhook', 'v1', {
  name: 'supabase',
  key: { encoding: 'base64', prefix: 'v1,whsec_' },
  // Three tries, two seconds apart, while the user waits.
  retry: { windowSeconds: 10, resigned: true },
})
