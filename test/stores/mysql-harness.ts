import { mysqlStore, type Pool } from 'countersign/stores/mysql'
import {
  createPool,
  type Pool as MysqlPool,
  type PoolConnection,
  type PoolOptions,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise'
import { afterAll } from 'vitest'
import { type MariadbSettings, startMariadb } from '../servers/mariadb'

export const hour = 3_600_000
export const holding = (token: string, fingerprint?: string) => ({ token, fingerprint, leaseMs: hour, retentionMs: hour })

let made = 0
/** A name that no other test of this file uses. */
export const fresh = (name: string) => `${name}_${++made}`

/** A server for the tests of a file, and pools that are closed after them. */
export async function startStage(settings?: MariadbSettings) {
  const server = await startMariadb(settings)
  const pools: { end(): Promise<void> }[] = []
  afterAll(async () => {
    // One whose connections were killed says so again.
    await Promise.allSettled(pools.map((pool) => pool.end()))
    await server?.stop()
  })

  /** A pool; `session` is what each of its connections is told first. */
  function openPool(options: PoolOptions = {}, session = '') {
    const pool = createPool({ uri: server?.url ?? '', connectionLimit: 4, ...options })
    pools.push(pool)
    if (session) pool.on('connection', (connection) => void connection.query(session))
    return pool
  }

  async function openStore(options?: PoolOptions, session?: string) {
    const pool = openPool(options, session)
    const table = fresh('keys')
    const store = mysqlStore(pool, { table })
    await store.migrate()
    return { pool, table, store }
  }

  /** The rows of a statement, as objects. */
  const rowsOf = async (sql: string): Promise<RowDataPacket[]> => (await openPool().query<RowDataPacket[]>(sql))[0]

  return { server, openPool, openStore, rowsOf }
}

/** A pool of one connection that is the test's own, so that what the store does happens in its transaction. */
export function onlyOn(connection: PoolConnection): Pool & { getConnection(): Promise<PoolConnection> } {
  return {
    async query(statement) {
      const [answer] = await connection.query<RowDataPacket[] | ResultSetHeader>(statement)
      // Else the store says that what it claims is not committed.
      return [Array.isArray(answer) ? answer : { affectedRows: answer.affectedRows, insertId: answer.insertId }]
    },
    getConnection: async () => connection,
  }
}

/** Until a statement waits for a lock. */
export async function untilWaiting(pool: MysqlPool): Promise<void> {
  const waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'"
  while ((await pool.query<RowDataPacket[]>(waits))[0][0]?.['Value'] === '0')
    await new Promise((resolve) => setTimeout(resolve, 10))
}

export const settled = <T>(promise: Promise<T>): Promise<unknown> => promise.catch((error: unknown) => error)
