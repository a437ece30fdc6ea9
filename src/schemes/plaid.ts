import { es256 } from '../crypto/jose'
import { makeScheme } from './make'
import { issuedAt, jwt } from './proofs/jwt'

/**
 * Plaid: a JSON Web Token with the hash of the body, signed by the key that its `kid` names.
 *
 * The secret is that key as `/webhook_verification_key/get` gives it. Source: plaid.com/docs/api/webhooks/webhook-verification.
 */
export const plaid = /* @__PURE__ */ makeScheme(
  {
    name: 'plaid',
    algorithm: es256,
    signature: { header: 'plaid-verification' },
    proof: /* @__PURE__ */ jwt({ claim: 'request_body_sha256', encoding: 'hex' }),
    timestamp: { header: 'plaid-verification' },
    type: { body: '/webhook_code' },
    retry: { windowSeconds: 86_400, resigned: true },
    bodyIsKey: true,
  },
  issuedAt,
)
