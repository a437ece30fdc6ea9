import { ask } from '../../idempotency/ask'
import type { Pool, PoolClient } from './client'
import { createGate, type Gate } from './gate'

/** One gate for a pool, also when several stores share it. */
const gates = new WeakMap<Pool, Gate>()

/** Leaves one connection for claims, which would else wait for transactions that wait for nothing but their turn. */
function gateOf(pool: Pool): Gate {
  const gate = gates.get(pool) ?? createGate(Math.max(1, (pool.options?.max ?? 10) - 1))
  gates.set(pool, gate)
  return gate
}

/** Runs the work in a transaction on a connection of the pool. */
export function transact<R>(pool: Pool, work: (client: PoolClient) => Promise<R>): Promise<R> {
  return gateOf(pool)(async () => {
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

async function committed<R>(client: PoolClient, work: (client: PoolClient) => Promise<R>): Promise<R> {
  await client.query('BEGIN')
  const result = await work(client)
  const { command } = (await client.query('COMMIT')) as { readonly command?: string }
  // The server says so, and nothing else, where a statement failed and its error was caught.
  if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: a statement in it had failed.')
  return result
}
