import { token } from '../crypto/token'
import { makeScheme } from './make'

/** GitLab with a secret token: nothing of the request is signed. Source: docs.gitlab.com/user/project/integrations/webhooks. */
export const gitlabToken = /* @__PURE__ */ makeScheme({
  name: 'gitlab-token',
  algorithm: token,
  key: 'utf8',
  encoding: 'utf8',
  signature: { header: 'x-gitlab-token' },
  id: { header: 'idempotency-key' },
  type: { body: '/object_kind' },
  // No automatic retries; a person may resend for two days.
  retry: { windowSeconds: 172_800, resigned: true },
  bodyIsKey: true,
  maxBodyBytes: 26_214_400,
})
