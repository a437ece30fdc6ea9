import type { Algorithm } from '../crypto/algorithm'
import { hmacs } from '../crypto/hmac'
import type { Secret, SecretFormat } from '../crypto/secret'
import { makeStandardScheme } from './standard'

/** With its prefix a secret is base64, without it is the text itself. */
const formatOf = (secret: Secret, format: SecretFormat): SecretFormat =>
  typeof secret === 'string' && !secret.startsWith(format.prefix as string) ? { encoding: 'utf8' } : format

const hmacOfEither = (hmac: Algorithm = hmacs['hmac-sha256']): Algorithm => ({
  ...hmac,
  verifier: (secret, format) => hmac.verifier(secret, formatOf(secret, format)),
  signer: (secret, format) => hmac.signer(secret, formatOf(secret, format)),
})

/** OpenAI: Standard Webhooks; a secret without `whsec_` is taken as text. Source: platform.openai.com/docs/guides/webhooks. */
export const openai = /* @__PURE__ */ makeStandardScheme('webhook', 'v1', {
  name: 'openai',
  algorithm: /* @__PURE__ */ hmacOfEither(),
  key: { encoding: 'base64', prefix: 'whsec_' },
  retry: { windowSeconds: 259_200, resigned: true },
})
