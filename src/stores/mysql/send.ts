import { IdempotencyError } from '../../idempotency/errors'
import type { Queryable } from './client'

const errnoOf = (error: unknown) => ((error ?? {}) as { readonly errno?: unknown }).errno

/** ER_DUP_ENTRY */
export const isDuplicate = (error: unknown) => errnoOf(error) === 1062

/** ER_NO_SUCH_TABLE */
export const isMissing = (error: unknown) => errnoOf(error) === 1146

/** ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT: nothing was done. */
const lostRaces: readonly unknown[] = [1213, 1205]

const mostTries = 20
/** Nobody waits longer for a store. */
const mostMilliseconds = 2000

/** Tries until there is something to answer; what lost a race is tried again. */
export async function insist<T>(attempt: (tries: number) => Promise<T | undefined>): Promise<T> {
  const since = performance.now()
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      const answer = await attempt(tries)
      if (answer !== undefined) return answer
    } catch (error) {
      if (!lostRaces.includes(errnoOf(error)) || performance.now() - since > mostMilliseconds) throw error
    }
  }
  throw new Error(`No answer in ${mostTries} tries: others were quicker every time.`)
}

/** Sends a statement and gives what it answers: the rows, or what it changed. */
export async function send(client: Queryable, sql: string, table: string): Promise<unknown> {
  try {
    return (await client.query(sql))[0]
  } catch (cause) {
    // The driver shows the statement with its error, and so the key and the result, where it may be logged.
    Reflect.deleteProperty(Object(cause), 'sql')
    // ER_BAD_FIELD_ERROR
    if (!isMissing(cause) && errnoOf(cause) !== 1054) throw cause
    const detail = `the table ${table} is missing or not as it should be, run migrate()`
    throw new IdempotencyError('store_unavailable', { detail, cause })
  }
}

/** What a statement did. */
export interface Change {
  readonly rows: number
  readonly insertId: number
}

/** Reads what a statement changed; drivers may give numbers as texts. */
export function changeOf(answer: unknown): Change {
  const { affectedRows, insertId } = (answer ?? {}) as Readonly<Record<string, unknown>>
  const rows = Number(affectedRows)
  if (!Number.isInteger(rows)) throw new Error('Expected a connection that answers with [{ affectedRows }].')
  return { rows, insertId: Number(insertId) }
}

/** Reads what a statement outside a transaction changed. */
export function committedChangeOf(answer: unknown): Change {
  const { serverStatus = 2 } = (answer ?? {}) as { readonly serverStatus?: unknown }
  // SERVER_STATUS_IN_TRANS is 1, SERVER_STATUS_AUTOCOMMIT 2.
  if ((Number(serverStatus) & 3) !== 2) {
    const detail = 'a connection of the pool does not commit: autocommit is off, or it was given back inside a transaction'
    throw new IdempotencyError('store_unavailable', { detail })
  }
  return changeOf(answer)
}
