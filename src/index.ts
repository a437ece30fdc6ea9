export type { Body } from './core/bytes'
export type { TimestampUnit } from './core/clock'
export type { Encoding } from './core/encoding'
export { ConfigurationError, VerificationError } from './core/errors'
export type { ConfigurationErrorCode, VerificationErrorCode } from './core/errors'
export type { HeaderLocation, HeadersInput } from './core/headers'
export type { Algorithm, Part, Signer, Verifier } from './crypto/algorithm'
export type { HmacName } from './crypto/hmac'
export { generateSecret } from './crypto/random'
export type { JsonWebKey, Secret, SecretFormat } from './crypto/secret'
export { defineScheme } from './schemes/define'
export type {
  ContentPart,
  Handshake,
  HandshakeRequest,
  InBody,
  InHeader,
  RetryPolicy,
  Scheme,
  SchemeDescription,
} from './schemes/scheme'
export type { Secrets } from './signing/keys'
export { sign, type SignOptions } from './signing/sign'
export { verify, type Verified, type VerifyOptions } from './signing/verify'
