import { expectFunction, expectOption } from '../core/options'
import { assertKey, type Claim, type ClaimOptions, type Finding, type TransactionalStore } from '../idempotency/store'
import { findDangers, lookAt } from './dynamodb/check'
import type {
  ConditionalPut,
  ConditionalUpdate,
  DocumentClient,
  TableClient,
  TableDescription,
  TimeToLive,
  WriteOf,
} from './dynamodb/client'
import { explained, isNamed } from './dynamodb/errors'
import { copyOf, type Entry, fromTyped, toEntry } from './dynamodb/item'
import { expectTable, expectTableClient, makeTable } from './dynamodb/table'
import { addCompletion, transact } from './dynamodb/transaction'
import { writes } from './dynamodb/writes'

export type { ConditionalPut, ConditionalUpdate, DocumentClient, TableClient, TableDescription, TimeToLive, WriteOf }

/** What `dynamodbStore` may be given. */
export interface DynamodbStoreOptions {
  /** The table's name or ARN. Default `countersign_keys`. */
  readonly table?: string
  /** The clock of this process, which must agree with that of every other one. Default the system's. */
  readonly now?: () => Date
}

/**
 * A store in one table of DynamoDB. `Write` is what the client's own `transactWrite` takes.
 *
 * A transaction is a list of such writes: push yours, and they are sent with the completion in one request when the work is done.
 */
export interface DynamodbStore<Write> extends TransactionalStore<Write[]> {
  /**
   * Makes the table where it is missing, with `key` as its only key, paid by request, and removal by `ttl`.
   *
   * It takes the plain client, `new DynamoDB()` of `@aws-sdk/client-dynamodb`. Safe to repeat, also by several processes at once.
   */
  migrate(client: TableClient): Promise<void>
  /**
   * Names the settings that void what the store promises; none where all is well.
   *
   * With the plain client it looks at key, replicas, removal and recovery; without it at the table's presence and its key.
   */
  check(client?: TableClient): Promise<Finding[]>
}

/** How often a claim is decided anew when others come between. */
const mostTries = 20

const methods = ['get', 'put', 'update', 'transactWrite'] as const

/**
 * Keeps keys in a table of DynamoDB: pass `DynamoDBDocument.from(new DynamoDB())`. Run `migrate()` once before, or declare a table
 * with the text key `key` and the time-to-live attribute `ttl`.
 *
 * DynamoDB has no clock to ask, so the callers' clocks decide when a lease ends: one that is ahead takes over that much too early.
 * The holder is then fenced, so a transaction's writes still happen once, and other work at least once. A result holds 398 KiB.
 */
export function dynamodbStore<Client extends DocumentClient>(
  client: Client,
  { table = 'countersign_keys', now }: DynamodbStoreOptions = {},
): DynamodbStore<WriteOf<Client>> {
  const isUsable = methods.every((name) => typeof (client as Partial<Client> | undefined)?.[name] === 'function')
  expectOption(isUsable, 'client', 'a DynamoDBDocument of @aws-sdk/lib-dynamodb', client)
  expectTable(table)
  expectFunction('now', now)
  const clock = now ? () => now().getTime() : Date.now
  const write = writes(table)

  async function read(key: string): Promise<Entry | undefined> {
    const { Item } = await client.get({ TableName: table, Key: { key }, ConsistentRead: true })
    return Item && toEntry(Item)
  }

  /** What stood in the way of a write; undefined where it was done. */
  async function obstacle(key: string, send: () => Promise<unknown>): Promise<{ readonly entry: Entry | undefined } | undefined> {
    try {
      await send()
      return undefined
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw explained(error, table)
      const { Item } = error as { readonly Item?: Record<string, object> }
      // Some emulators do not tell what the condition found.
      return { entry: Item ? fromTyped(Item) : await read(key) }
    }
  }

  /** Whether a write was done; false where its condition did not hold. */
  async function changed(update: ConditionalUpdate): Promise<boolean> {
    try {
      await client.update(update)
      return true
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return false
      throw explained(error, table)
    }
  }

  async function claim(key: string, options: ClaimOptions): Promise<Claim> {
    assertKey(key)
    const { token, leaseMs, retentionMs } = options
    let seen: Entry | undefined
    for (let tries = 0; tries < mostTries; tries++) {
      const at = clock()
      const refusal = seen && refusalOf(seen, options, at)
      if (refusal) return refusal
      const attempt = !seen ? 1 : seen.token === token ? seen.attempt : seen.attempt + 1
      const fingerprint = seen?.fingerprint ?? options.fingerprint
      const entry = { token, fingerprint, attempt, freeAt: at + leaseMs, expiresAt: at + Math.max(leaseMs, retentionMs) }
      const put = seen ? write.claimSeen(key, entry, seen) : write.claimFresh(key, entry, at)
      const stopped = await obstacle(key, () => client.put(put))
      if (!stopped) return { status: 'claimed', attempt }
      seen = stopped.entry
    }
    throw new Error(`No answer in ${mostTries} tries to claim: others were quicker every time.`)
  }

  return {
    traits: { durable: true, shared: true, clock: 'caller' },
    claim,

    async complete(key, token, result, retentionMs, tx, resultMs = retentionMs) {
      const at = clock()
      const isOwn = (entry: Entry | undefined) => entry?.token === token && at < entry.expiresAt
      const times = { goneAt: at + Math.min(resultMs, retentionMs), expiresAt: at + retentionMs, now: at }
      const update = write.complete(key, token, result && copyOf(result), times)
      if (tx === undefined) {
        const stopped = await obstacle(key, () => client.update({ ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }))
        return !stopped || (isOwn(stopped.entry) && stopped.entry?.isCompleted === true)
      }
      expectOption(Array.isArray(tx), 'tx', 'a list of writes', tx)
      // The condition decides when the list is sent; a holder that is stale by now need not get that far.
      const isHeld = isOwn(await read(key))
      if (isHeld) addCompletion(tx, update)
      return isHeld
    },

    release: (key, token, { retryAfterMs = 0 } = {}) => {
      const at = clock()
      // What is free at once is so for every clock.
      return changed(write.release(key, token, retryAfterMs > 0 ? at + retryAfterMs : 0, at))
    },

    async extend(key, token, leaseMs) {
      const at = clock()
      const keep = () => changed(write.extend(key, token, at + leaseMs, at))
      // An expression knows no greatest of two; the last one is for another extension that came between.
      return (await keep()) || (await changed(write.prolong(key, token, at + leaseMs, at))) || keep()
    },

    transaction: (work) => transact(client, work),

    async migrate(tables) {
      expectTableClient(tables)
      await makeTable(tables, table)
    },

    async check(tables) {
      if (tables === undefined) return lookAt(client, table)
      expectTableClient(tables)
      return findDangers(tables, table)
    },
  }
}

/** What stands in the way of a claim. */
function refusalOf(seen: Entry, { token, fingerprint }: ClaimOptions, at: number): Claim | undefined {
  const isOther = fingerprint !== undefined && seen.fingerprint !== undefined && fingerprint !== seen.fingerprint
  if (isOther) return { status: 'mismatch' }
  if (seen.isCompleted) return { status: 'completed', result: at < seen.freeAt ? seen.result : undefined }
  const retryAfterMs = seen.freeAt - at
  return seen.token === token || retryAfterMs <= 0 ? undefined : { status: 'in_progress', retryAfterMs }
}
