import type { Algorithm } from './algorithm'
import { ecdsaP256 } from './ecdsa'
import { ed25519 } from './ed25519'
import { hmacs } from './hmac'
import { readJsonWebKey } from './key-structure'
import { rsaSha256 } from './rsa'
import { refuseSecret, type Secret } from './secret'

/** An algorithm under the name that JSON Web Tokens have for it (RFC 7518, section 3.1). */
const named = (name: string, algorithm: Algorithm = hmacs['hmac-sha256']): Algorithm => ({
  ...algorithm,
  verifier: (secret, format) => ({ ...algorithm.verifier(secret, format), name }),
  signer: (secret, format) => ({ ...algorithm.signer(secret, format), name }),
})

/** ECDSA with P-256 and SHA-256, as JSON Web Tokens name it. */
export const es256: Algorithm = /* @__PURE__ */ named('ES256', ecdsaP256)

const byKeyType: Readonly<Record<string, Algorithm>> = {
  EC: es256,
  OKP: /* @__PURE__ */ named('EdDSA', ed25519),
  RSA: /* @__PURE__ */ named('RS256', rsaSha256),
}
const hs256 = /* @__PURE__ */ named('HS256')

/** The algorithm that a key is for: its JSON Web Key says so, and any other text is a shared secret. */
function algorithmOf(secret: Secret): Algorithm {
  const jwk = readJsonWebKey(secret)
  if (!jwk) return hs256
  const type = typeof jwk.kty === 'string' && Object.hasOwn(byKeyType, jwk.kty) ? jwk.kty : ''
  return byKeyType[type] ?? refuseSecret('to be text, or a JSON Web Key of kty EC, OKP or RSA')
}

/** The algorithms of JSON Web Tokens, of which the key chooses one and the token none. */
export const jose: Algorithm = {
  name: 'jose',
  verifier: (secret, format) => algorithmOf(secret).verifier(secret, format),
  signer: (secret, format) => algorithmOf(secret).signer(secret, format),
}
