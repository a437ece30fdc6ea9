/** Whatever runs a statement with its values: a pool, a client of it, PGlite or a transaction of it. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** What is called of a client of `pg`. */
export interface PoolClient extends Queryable {
  release(error?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** What is called of a pool of `pg`, or of one that is used like it. */
export interface Pool extends Queryable {
  connect(): Promise<PoolClient>
  readonly options?: { readonly max?: number | undefined } | undefined
}

/** What is called of PGlite. */
export interface Embedded extends Queryable {
  transaction<R>(work: (transaction: unknown) => Promise<R>): Promise<R>
  readonly dataDir?: string | undefined
}

/** What is called of the `sql` of postgres.js, and of that of its transactions. */
export interface TaggedSql {
  unsafe(text: string, values?: never[], options?: { readonly prepare?: boolean }): PromiseLike<readonly unknown[]>
  readonly options?: { readonly max?: number | undefined; readonly prepare?: boolean | undefined } | undefined
}

/** What is called of postgres.js. */
export interface TaggedPool extends TaggedSql {
  begin(...given: never[]): Promise<unknown>
}

/** Whatever a key can be completed with: something that has `query`, or the `sql` of postgres.js. */
export type Completing = Queryable | TaggedSql

/** What a store of a pool gives to a transaction’s work: the pool’s own client, PGlite’s or postgres.js’s own transaction. */
export type ClientOf<Source> = Source extends { transaction<R>(work: (transaction: infer Transaction) => Promise<R>): Promise<R> }
  ? Transaction
  : // postgres.js and `pg` overload theirs, and inference looks at the last overload only.
    Source extends { begin(options: string, work: (sql: infer Sql) => unknown): Promise<unknown> }
    ? Sql
    : Source extends { connect: { (): Promise<infer Client>; (callback: never): void } }
      ? Client
      : Source extends { connect(): Promise<infer Client> }
        ? Client
        : never

export const isTagged = (client: object): client is TaggedSql => 'unsafe' in client && typeof client.unsafe === 'function'

/** One way to send a statement, whatever the client. */
export function toQueryable(client: Completing): Queryable {
  if (!isTagged(client)) return client
  return {
    async query(text, values = []) {
      return { rows: [...(await client.unsafe(text, values as never[], { prepare: client.options?.prepare ?? false }))] }
    },
  }
}
