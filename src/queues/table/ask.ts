import { expectOption } from '../../core/options'
import { type Queryable, type TaggedSql, toQueryable } from '../../stores/postgres/client'

/** Whether something runs statements: a pool, a client of it, or a transaction. */
export const isClient = (client: unknown): client is Queryable | TaggedSql =>
  ['query', 'unsafe'].some((name) => typeof (client as Record<string, unknown> | null | undefined)?.[name] === 'function')

/** How statements are sent to a pool. Refuses what is none. */
export function toClient(pool: unknown): Queryable {
  expectOption(isClient(pool), 'pool', 'a pool of pg, the sql of postgres.js, or a PGlite', pool)
  return toQueryable(pool)
}

/** Sends statements to a table, by its own client or another one, and says what to do where the table is not there. */
export function asker(ownClient: Queryable, table: string) {
  return async (text: string, values: unknown[], client: Queryable = ownClient): Promise<unknown[]> => {
    try {
      return (await client.query(text, values)).rows
    } catch (cause) {
      const { code } = (cause ?? {}) as { readonly code?: unknown }
      // undefined_table, undefined_column
      if (code !== '42P01' && code !== '42703') throw cause
      throw new Error(`The table ${table} is missing or not as it should be: run migrate().`, { cause })
    }
  }
}
