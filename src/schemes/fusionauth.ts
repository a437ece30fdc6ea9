import { jose } from '../crypto/jose'
import { makeScheme } from './make'
import { jwt } from './proofs/jwt'

/**
 * FusionAuth: a JSON Web Token with the hash of the body. The secret is the HMAC key (HS256) or a public JSON Web Key.
 *
 * Source: fusionauth.io/docs/extend/events-and-webhooks/signing.
 */
export const fusionauth = /* @__PURE__ */ makeScheme({
  name: 'fusionauth',
  algorithm: jose,
  key: 'utf8',
  signature: { header: 'x-fusionauth-signature-jwt' },
  proof: /* @__PURE__ */ jwt({ claim: 'request_body_sha256', encoding: 'base64' }),
  id: { body: '/event/id' },
  type: { body: '/event/type' },
  bodyIsKey: true,
})
