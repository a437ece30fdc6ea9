/**
 * Whatever sends a statement and answers as `mysql2/promise` does: `[{ affectedRows }]`.
 *
 * Around another library's transaction it is one line: `{ query: async (sql) => [{ affectedRows: await send(sql) }] }`.
 */
export interface Queryable {
  query(sql: string): Promise<readonly [unknown, ...unknown[]]>
}

/** A statement whose rows come as objects of the driver's own types, whatever the pool was told. */
export interface Statement {
  readonly sql: string
  readonly namedPlaceholders: false
  readonly rowsAsArray: false
  readonly nestTables: false
  readonly typeCast: true
}

/** What is called of a connection of `mysql2/promise`. */
export interface PoolConnection extends Queryable {
  release(): void
  destroy(): void
}

/** What is called of a pool of `mysql2/promise`, or of one that is used like it. */
export interface Pool {
  query(statement: Statement): Promise<readonly [unknown, ...unknown[]]>
  getConnection(): Promise<PoolConnection>
  /** The pool behind, which several of these may share. */
  readonly pool?: object | undefined
}

/** What a store of a pool gives to a transaction’s work: the pool’s own connection. */
export type ConnectionOf<Source> = Source extends { getConnection(): Promise<infer Connection> } ? Connection : never
