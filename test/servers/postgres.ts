import { openDatabase } from '../../examples/payments/database/open'

/** A PostgreSQL server, or a schema of its own in the one that `DATABASE_URL` names. */
export interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

/** The demo's own throw-away server. Undefined, loudly, where none can be had; an error instead where `CI` is set. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  try {
    const { url, close: stop } = await openDatabase()
    return { url, stop }
  } catch (error) {
    if (process.env['CI']) throw error
    console.warn('SKIPPED: no PostgreSQL server starts here; set DATABASE_URL to use one.', error)
    return undefined
  }
}
