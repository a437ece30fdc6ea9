import { ask } from '../../idempotency/ask'
import { gateOf } from '../gate'
import type { Pool, PoolClient, TaggedPool } from './client'

/** Runs the work in a transaction on a connection of the pool. */
export function transact<R>(pool: Pool, work: (client: PoolClient) => Promise<R>): Promise<R> {
  return gateOf(
    pool,
    pool.options?.max ?? 10,
  )(async () => {
    const client = await pool.connect()
    let broken: Error | undefined
    // The pool listens to idle clients only: unheard, a connection that breaks now would end the process.
    const onError = (error: Error) => {
      broken = error
    }
    client.on('error', onError)
    try {
      return await committed(client, work)
    } catch (error) {
      // A connection that does not answer is no longer of use, and what went wrong first is what matters.
      await ask(() => client.query('ROLLBACK')).catch((cause: Error) => {
        broken ??= cause
      })
      throw error
    } finally {
      client.release(broken)
      // A broken one is not used again, and may break once more while it is taken down.
      if (!broken) client.off('error', onError)
    }
  })
}

/** Runs the work in a transaction of postgres.js, which commits or rolls back by itself. */
export function transactTagged<R>(pool: TaggedPool, work: (sql: unknown) => Promise<R>): Promise<R> {
  return gateOf(
    pool,
    pool.options?.max ?? 10,
  )(async () => {
    let result: { readonly value: R } | undefined
    const ownWork = async (sql: unknown) => {
      result = { value: await work(sql) }
    }
    await pool.begin(ownWork as never)
    return (result as unknown as { readonly value: R }).value
  })
}

async function committed<R>(client: PoolClient, work: (client: PoolClient) => Promise<R>): Promise<R> {
  await client.query('BEGIN')
  const result = await work(client)
  const { command } = (await client.query('COMMIT')) as { readonly command?: string }
  // The server says so, and nothing else, where a statement failed and its error was caught.
  if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: a statement in it had failed.')
  return result
}
