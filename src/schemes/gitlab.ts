import { makeStandardScheme } from './standard'

/**
 * GitLab with a signing token: Standard Webhooks. The older secret token is `gitlabToken`.
 *
 * Source: docs.gitlab.com/user/project/integrations/webhooks.
 */
export const gitlab = /* @__PURE__ */ makeStandardScheme('webhook', 'v1', {
  name: 'gitlab',
  key: { encoding: 'base64', prefix: 'whsec_' },
  type: { body: '/object_kind' },
  // No automatic retries; a person may resend for two days.
  retry: { windowSeconds: 172_800, resigned: true },
  maxBodyBytes: 26_214_400,
})
