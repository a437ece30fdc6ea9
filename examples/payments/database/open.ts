import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startProcess } from '../story/process'

/** A database for one run of the demo: nothing of it is left after `close`. */
export interface Database {
  /** Where it is, for every process of the demo. */
  readonly url: string
  readonly description: string
  close(): Promise<void>
}

/** `DATABASE_URL` takes any PostgreSQL, in a schema of its own; else a throw-away server is started. */
export async function openDatabase(url = process.env['DATABASE_URL']): Promise<Database> {
  return url ? openSchema(url) : startServer()
}

async function startServer(): Promise<Database> {
  const server = startProcess('the database', fileURLToPath(new URL('server.ts', import.meta.url)))
  try {
    return { url: await server.listening, description: 'a throw-away PostgreSQL server', close: () => server.stop() }
  } catch (error) {
    const advice = 'Set DATABASE_URL=postgres://user:password@host/database to use a PostgreSQL server of yours.'
    throw new Error(`The PostgreSQL server of the demo does not start on this machine. ${advice}`, { cause: error })
  }
}

async function openSchema(url: string): Promise<Database> {
  const schema = `countersign_demo_${randomBytes(6).toString('hex')}`
  await execute(url, `create schema ${schema}`).catch((cause) => {
    throw new Error('The database of DATABASE_URL cannot be used. Unset it to have one started for the demo.', { cause })
  })
  const inside = new URL(url)
  inside.searchParams.set('options', `-c search_path=${schema}`)
  return {
    url: inside.href,
    description: `the database of DATABASE_URL, in the schema ${schema}`,
    close: () => execute(url, `drop schema ${schema} cascade`),
  }
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
