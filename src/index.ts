export type { Body } from './core/bytes'
export type { TimestampUnit } from './core/clock'
export type { Encoding } from './core/encoding'
export type { ConfigurationErrorCode, VerificationErrorCode } from './core/errors'
export { ConfigurationError, VerificationError } from './core/errors'
export type { HeaderLocation, HeadersInput } from './core/headers'
export type { Algorithm, Part, Signer, Verifier } from './crypto/algorithm'
export type { HmacName } from './crypto/hmac'
export { generateSecret } from './crypto/random'
export type { JsonWebKey, Secret, SecretFormat } from './crypto/secret'
export type { Idempotent, IdempotentFetch } from './idempotent/mounted'
export type { IdempotentFailureCode, IdempotentObservation } from './idempotent/observe'
export type {
  IdempotentContext,
  IdempotentHandler,
  IdempotentOptions,
  PlainIdempotentOptions,
  TransactionalIdempotentContext,
  TransactionalIdempotentOptions,
} from './idempotent/options'
export type { ProblemCode } from './idempotent/problems'
export type { Answer, FailureCode, RejectionCode } from './receiver/answers'
export type { TypedEvent, WebhookEvent } from './receiver/event'
export type { Handler, TransactionContext, TypedHandler, WebhookContext } from './receiver/handle'
export type { Inbox, InboxMessage } from './receiver/inbox'
export type { Observation, Observer } from './receiver/observe'
export type {
  PlainOptions,
  TransactionalOptions,
  TypedOptions,
  TypedTransactionalOptions,
  WebhookOptions,
} from './receiver/options'
export type { StandardSchemaV1 } from './receiver/payload'
export type { Reply, ReplyOptions } from './receiver/reply'
export type { Account, UnverifiedRequest } from './receiver/request'
export type { WorkOptions } from './receiver/run'
export type { Receiver, Webhook } from './receiver/webhook'
export { defineScheme } from './schemes/define'
export type { Identity, Proof, ProofFormat, ProofRequest, Signed, Unsigned } from './schemes/proof'
export type {
  ChallengeAnswer,
  ContentPart,
  Handshake,
  HandshakeRequest,
  InBody,
  InHeader,
  RetryPolicy,
  Scheme,
  SchemeDescription,
} from './schemes/scheme'
export type { Timing } from './schemes/timing'
export type { Secrets } from './signing/keys'
export { type SignOptions, sign } from './signing/sign'
export { type Verified, type VerifyOptions, verify } from './signing/verify'
