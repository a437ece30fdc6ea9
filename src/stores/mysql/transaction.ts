import { ask } from '../../idempotency/ask'
import { gateOf } from '../gate'
import type { Pool, PoolConnection } from './client'

/** Its most connections, where 0 stands for any number. */
function sizeOf({ pool = {} }: Pool): number {
  const { config } = pool as { readonly config?: { readonly connectionLimit?: unknown } }
  const limit = Number(config?.connectionLimit ?? 10)
  return limit === 0 ? Number.POSITIVE_INFINITY : limit
}

/** Runs the work in a transaction on a connection of the pool. */
export function transact<R>(pool: Pool, work: (connection: PoolConnection) => Promise<R>): Promise<R> {
  return gateOf(
    pool.pool ?? pool,
    sizeOf(pool),
  )(async () => {
    const connection = await pool.getConnection()
    let isWell = true
    // What went wrong first is what matters; a connection that does not answer any more is of no use to others.
    const restore = (sql: string) =>
      ask(() => connection.query(sql)).catch(() => {
        isWell = false
      })
    try {
      return await committed(connection, work)
    } catch (error) {
      await restore('ROLLBACK')
      throw error
    } finally {
      if (isWell) await restore('SET autocommit = 1')
      if (isWell) connection.release()
      else connection.destroy()
    }
  })
}

/**
 * A deadlock rolls back all of a transaction, and statements such as CREATE TABLE commit it: what comes after would be committed
 * by itself, statement by statement. Hence no autocommit, and a savepoint that is gone when the transaction is no longer the one
 * that began here.
 */
async function committed<R>(connection: PoolConnection, work: (connection: PoolConnection) => Promise<R>): Promise<R> {
  await connection.query('SET autocommit = 0')
  await connection.query('SAVEPOINT countersign')
  const result = await work(connection)
  await connection.query('RELEASE SAVEPOINT countersign').catch((cause) => {
    // ER_SP_DOES_NOT_EXIST
    if ((cause as { readonly errno?: unknown }).errno !== 1305) throw cause
    throw new Error('The transaction was over before its work: a deadlock in it was caught, or a statement committed it.', {
      cause,
    })
  })
  await connection.query('COMMIT')
  return result
}
