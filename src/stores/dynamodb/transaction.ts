import { encode } from '../../core/encoding'
import { expectOption } from '../../core/options'
import { randomBytes } from '../../crypto/random'
import { IdempotencyError } from '../../idempotency/errors'
import type { ConditionalUpdate, DocumentClient } from './client'
import { isNamed } from './errors'

/** What one request of DynamoDB takes. */
const mostWrites = 100

/** The completions among the writes, as they were added. */
const completions = new WeakSet<object>()

/** Adds the completion of a key to a list of writes. */
export function addCompletion(writes: unknown[], completion: ConditionalUpdate): void {
  const write = { Update: completion }
  completions.add(write)
  writes.push(write)
}

/** Gathers the writes of the work, then sends them as one request: all of them take effect, or none. */
export async function transact<Write, R>(client: DocumentClient, work: (writes: Write[]) => Promise<R>): Promise<R> {
  const writes: Write[] = []
  const result = await work(writes)
  if (writes.length > 0) await commit(client, writes as { readonly Update: ConditionalUpdate }[])
  return result
}

async function commit(client: DocumentClient, writes: { readonly Update: ConditionalUpdate }[]): Promise<void> {
  const expectation = `at most ${mostWrites} writes, the completion among them`
  expectOption(writes.length <= mostWrites, 'transaction', expectation, writes.length)
  try {
    // The token makes the client's own retries harmless where only the reply was lost.
    await client.transactWrite({ TransactItems: writes, ClientRequestToken: encode(randomBytes(18), 'base64url') })
  } catch (error) {
    throw isFenced(error, writes) ? new IdempotencyError('fenced', { cause: error }) : error
  }
}

/** Whether a completion's condition did not hold; a stale holder's own conditions mostly fail with it. */
function isFenced(error: unknown, writes: readonly object[]): boolean {
  if (!isNamed(error, 'TransactionCanceledException')) return false
  const { CancellationReasons: reasons = [] } = error as { readonly CancellationReasons?: readonly { readonly Code?: string }[] }
  return writes.some((write, index) => completions.has(write) && reasons[index]?.Code === 'ConditionalCheckFailed')
}
