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

/** What a store of a pool gives to a transaction’s work: the pool’s own client, or PGlite’s own transaction. */
export type ClientOf<Source> = Source extends { transaction<R>(work: (transaction: infer Transaction) => Promise<R>): Promise<R> }
  ? Transaction
  : // `pg` overloads `connect`, and inference looks at the last overload only.
    Source extends { connect: { (): Promise<infer Client>; (callback: never): void } }
    ? Client
    : Source extends { connect(): Promise<infer Client> }
      ? Client
      : never
