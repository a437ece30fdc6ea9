import { IdempotencyError } from '../../idempotency/errors'

interface ServiceError {
  readonly name?: unknown
  readonly message?: unknown
}

/** Whether DynamoDB answered with that exception: told by name, since a program may hold two copies of the SDK. */
export const isNamed = (error: unknown, name: string): boolean => ((error ?? {}) as ServiceError).name === name

/** What a call threw, where the table is to blame as something that says so; anything else as it is. */
export function explained(cause: unknown, table: string): unknown {
  const { message } = (cause ?? {}) as ServiceError
  const isMissing = isNamed(cause, 'ResourceNotFoundException')
  const isOther = isNamed(cause, 'ValidationException') && /key element|the key |for key /i.test(String(message))
  if (!isMissing && !isOther) return cause
  const detail = isMissing ? 'is missing' : 'is not as it should be: its only key must be the text `key`'
  return new IdempotencyError('store_unavailable', { detail: `the table ${table} ${detail}, run migrate()`, cause })
}
