import type { ConditionalPut, ConditionalUpdate } from './client'
import { type Entry, expiryAttribute, names, removableAt, toItem } from './item'

type Name = keyof typeof names

/** Only the names that are used: DynamoDB refuses others. */
function namesIn(...expressions: string[]): Record<string, string> {
  const used = expressions.join(' ').match(/#\w+/g) ?? []
  return Object.fromEntries(used.map((name) => [name, names[name as Name]]))
}

const isHeld = '#token = :token AND attribute_not_exists(#completed) AND #expiresAt > :now'

/**
 * The writes of a table: each is one item and one condition, hence atomic.
 *
 * A key is held while it has a token and is not completed; from `freeAt` anyone may claim it, or, once it is completed, its result is
 * gone; from `expiresAt` it is as if it had never been, whether or not DynamoDB has removed it yet.
 */
export function writes(table: string) {
  function update(key: string, set: string, condition: string, values: Record<string, unknown>): ConditionalUpdate {
    return {
      TableName: table,
      Key: { key },
      UpdateExpression: set,
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(set, condition),
      ExpressionAttributeValues: values,
    }
  }

  function put(
    key: string,
    entry: Omit<Entry, 'isCompleted' | 'result'>,
    condition: string,
    values: Record<string, unknown>,
  ): ConditionalPut {
    return {
      TableName: table,
      Item: toItem(key, entry),
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(condition),
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }
  }

  return {
    /** Claims a key that nothing is remembered of. */
    claimFresh: (key: string, entry: Omit<Entry, 'isCompleted' | 'result'>, now: number) =>
      put(key, entry, 'attribute_not_exists(#key) OR #expiresAt <= :now', { ':now': now }),

    /** Claims a key that is still as it was seen. */
    claimSeen(key: string, entry: Omit<Entry, 'isCompleted' | 'result'>, { token, attempt, freeAt, expiresAt }: Entry) {
      const isSame = '#attempt = :attempt AND #freeAt = :freeAt AND #expiresAt = :expiresAt AND attribute_not_exists(#completed)'
      const values = { ':attempt': attempt, ':freeAt': freeAt, ':expiresAt': expiresAt }
      return token === undefined
        ? put(key, entry, `${isSame} AND attribute_not_exists(#token)`, values)
        : put(key, entry, `${isSame} AND #token = :token`, { ...values, ':token': token })
    },

    complete(
      key: string,
      token: string,
      result: Uint8Array | undefined,
      { goneAt, expiresAt, now }: { goneAt: number; expiresAt: number; now: number },
    ): ConditionalUpdate {
      const set = 'SET #completed = :completed, #freeAt = :goneAt, #expiresAt = :expiresAt, #ttl = :ttl'
      const values = {
        ':completed': true,
        ':goneAt': goneAt,
        ':expiresAt': expiresAt,
        ':ttl': removableAt(expiresAt),
        ':token': token,
        ':now': now,
      }
      return result
        ? update(key, `${set}, #result = :result`, isHeld, { ...values, ':result': result })
        : update(key, set, isHeld, values)
    },

    release: (key: string, token: string, freeAt: number, now: number) =>
      update(key, 'SET #freeAt = :freeAt REMOVE #token', isHeld, { ':freeAt': freeAt, ':token': token, ':now': now }),

    /** Lets the lease end at that time, as long as the key is remembered until then. */
    extend: (key: string, token: string, freeAt: number, now: number) =>
      update(key, 'SET #freeAt = :freeAt', `${isHeld} AND #expiresAt >= :freeAt`, {
        ':freeAt': freeAt,
        ':token': token,
        ':now': now,
      }),

    /** Lets the lease end at that time and remembers the key until then. */
    prolong: (key: string, token: string, freeAt: number, now: number) =>
      update(
        key,
        `SET #freeAt = :freeAt, #expiresAt = :freeAt, #${expiryAttribute} = :ttl`,
        `${isHeld} AND #expiresAt < :freeAt`,
        { ':freeAt': freeAt, ':ttl': removableAt(freeAt), ':token': token, ':now': now },
      ),
  }
}
