import type { Queryable } from '../../stores/postgres/client'

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
