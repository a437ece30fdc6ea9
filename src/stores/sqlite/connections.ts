import { expectOption } from '../../core/options'
import { type Database, impatiently } from './client'

/** Through which connections a store works; each act is done without waiting for locks. */
export interface Connections<Connection extends Database> {
  /** Acts on the connection that all calls share. */
  share<T>(act: (database: Connection) => T): T
  /** Acts on a connection that is set as its owner has set it. */
  inspect<T>(act: (database: Connection) => T): T
}

/** Connections that the store opens and closes by itself. */
export interface OwnConnections<Connection extends Database> extends Connections<Connection> {
  /** Opens another, for whoever closes it. */
  open(): Connection
  /** Closes the one that is shared, until it is needed again. */
  close(): void
}

export const isDatabase = (value: unknown): value is Database => {
  const { prepare, exec, close } = (value ?? {}) as Partial<Record<keyof Database, unknown>>
  return [prepare, exec, close].every((method) => typeof method === 'function')
}

/** The one connection of somebody else. */
export function givenConnection<Connection extends Database>(database: Connection): Connections<Connection> {
  return {
    share: (act) => impatiently(database, () => act(database)),
    inspect: (act) => act(database),
  }
}

/** As many as are needed, opened by a function. */
export function ownConnections<Connection extends Database>(opener: () => Connection): OwnConnections<Connection> {
  const opened = new WeakSet<Database>()
  let shared: Connection | undefined

  function open(): Connection {
    const database = opener()
    // One that is shared would be closed under everybody, and no transaction on it would be for itself.
    const isNew = isDatabase(database) && !opened.has(database)
    expectOption(isNew, 'open', 'a function that opens another connection each time', database)
    opened.add(database)
    return database
  }

  function openShared(): Connection {
    const database = open()
    database.exec('PRAGMA busy_timeout = 0')
    return database
  }

  return {
    open,
    share: (act) => act((shared ??= openShared())),
    inspect(act) {
      const database = open()
      try {
        return act(database)
      } finally {
        database.close()
      }
    },
    close() {
      shared?.close()
      shared = undefined
    },
  }
}
