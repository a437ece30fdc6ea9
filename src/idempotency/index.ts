export { type MemoryStore, type MemoryStoreOptions, memoryStore } from '../stores/memory'
export type { Codec } from './codec'
export { IdempotencyError, type IdempotencyErrorCode, type IdempotencyErrorDetails } from './errors'
export {
  createIdempotency,
  type Idempotency,
  type Outcome,
  type RunOptions,
  type TransactionalIdempotency,
  type TransactionalRunOptions,
  type WaitUntil,
} from './idempotency'
export type { BackOff, IdempotencyOptions } from './options'
export type { Claim, ClaimOptions, Finding, IdempotencyStore, TransactionalStore } from './store'
export type { TransactionalWorkContext } from './transaction'
export type { WorkContext } from './work'
