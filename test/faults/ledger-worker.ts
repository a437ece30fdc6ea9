import { writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createIdempotency, type IdempotencyStore, type TransactionalStore } from 'countersign/idempotency'
import { mysqlStore } from 'countersign/stores/mysql'
import { postgresStore } from 'countersign/stores/postgres'
import { redisStore } from 'countersign/stores/redis'
import { type Database, sqliteStore } from 'countersign/stores/sqlite'
import type { Job, StoreName } from './ledger'

// A process of its own, bundled first. It races for keys, or does events until all are done or until the step at which it must die.

interface Opened {
  readonly store: IdempotencyStore<never>
  /** Writes down that the event took effect, in the transaction where there is one. */
  write(event: string, transaction: unknown): Promise<unknown>
  close(): unknown
}

const job: Job = JSON.parse(process.argv[2] ?? '')
const { url, table, ledger } = job

const openers: Readonly<Record<StoreName, () => Promise<Opened>>> = {
  async postgres() {
    const { default: pg } = await import('pg')
    const pool = new pg.Pool({ connectionString: url, max: 4 })
    return {
      store: postgresStore(pool, { table }),
      write: (event, client) => ((client ?? pool) as typeof pool).query(`insert into ${ledger} values ($1)`, [event]),
      close: () => pool.end(),
    }
  },
  async mysql() {
    const { createPool } = await import('mysql2/promise')
    const pool = createPool({ uri: url, connectionLimit: 4 })
    return {
      store: mysqlStore(pool, { table }),
      write: (event, connection) => ((connection ?? pool) as typeof pool).query(`INSERT INTO ${ledger} VALUES (?)`, [event]),
      close: () => pool.end(),
    }
  },
  async sqlite() {
    const open = await sqliteDriver()
    return {
      store: sqliteStore(
        () => {
          const database = open(url)
          database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
          return database
        },
        { table },
      ),
      write: async (event, database) => (database as Database).prepare(`INSERT INTO ${ledger} VALUES (?) RETURNING 1`).all(event),
      close: () => undefined,
    }
  },
  async redis() {
    const { Redis } = await import('ioredis')
    const client = new Redis(url)
    return {
      store: redisStore(client, { prefix: `${table}:` }),
      write: (event) => client.rpush(ledger, event),
      close: () => client.disconnect(),
    }
  },
}

/** By `node:sqlite` where the runtime has it, else by better-sqlite3. */
async function sqliteDriver(): Promise<(file: string) => Database> {
  const builtin = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown as
    | { readonly DatabaseSync: new (file: string, options: object) => Database }
    | undefined
  if (builtin) return (file) => new builtin.DatabaseSync(file, { timeout: 5000 })
  const { default: BetterSqlite3 } = await import('better-sqlite3')
  return (file) => new BetterSqlite3(file)
}

let left = job.times
/** A step is reached; dies there when it is the one. Nothing is waited for in between. */
function reach(step: string) {
  if (step !== job.step || --left > 0) return
  writeSync(1, JSON.stringify({ diedAt: step }))
  process.kill(process.pid, 'SIGKILL')
}

/** Says before and after each call of the store that it is made. */
function watched(store: IdempotencyStore<never>): TransactionalStore<never> {
  const said =
    <Given extends unknown[], R>(name: string, call: (...given: Given) => Promise<R>) =>
    async (...given: Given) => {
      reach(`before ${name}`)
      const answer = await call(...given)
      reach(`after ${name}`)
      return answer
    }
  const { transaction } = store as Partial<TransactionalStore<never>>
  return {
    traits: store.traits,
    claim: said('claim', store.claim),
    complete: said('complete', store.complete),
    release: said('release', store.release),
    extend: store.extend,
    async transaction(work) {
      const result = await (transaction as NonNullable<typeof transaction>)(async (tx) => {
        reach('after begin')
        const value = await work(tx)
        reach('before commit')
        return value
      })
      reach('after commit')
      return result
    },
  }
}

function shuffled<T>(values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, at: Math.random() }))
  return keyed.sort((one, other) => one.at - other.at).map(({ value }) => value)
}

const names = () => shuffled(Array.from({ length: job.events }, (_, index) => index))

/** Claims every key, each in an order of its own; tells how often it won. */
async function race({ store }: Opened) {
  const hour = 3_600_000
  const claims = await Promise.all(
    names().map((index) => store.claim(`race/${index}`, { token: `${process.pid}/${index}`, leaseMs: hour, retentionMs: hour })),
  )
  const count = (status: string) => claims.filter((claim) => claim.status === status).length
  return { won: count('claimed'), lost: count('in_progress') }
}

/** Does every event until it is known to be done. */
async function work({ store, write }: Opened) {
  const { run } = createIdempotency({ store: watched(store), leaseSeconds: 0.25, handlerSeconds: 0.25 })
  let executed = 0

  async function handle(index: number, attempt: number, transaction?: unknown) {
    // Now and then a handler fails, and now and then it takes longer than its lease, so that another takes over meanwhile.
    if (index % 10 === 3 && attempt < 4) throw new Error('not yet')
    reach('before write')
    await write(`event/${index}`, transaction)
    reach('after write')
    if (index % 25 === 0 && attempt === 1) await setTimeout(400)
  }

  for (let todo = names(); todo.length > 0; todo = shuffled(todo)) {
    const undone: number[] = []
    for (const index of todo) {
      const outcome = await (job.transaction
        ? run(`event/${index}`, ({ attempt, transaction }) => handle(index, attempt, transaction), { transaction: true })
        : run(`event/${index}`, ({ attempt }) => handle(index, attempt))
      ).catch(() => undefined)
      if (outcome?.status === 'executed') executed++
      if (!outcome) undone.push(index)
    }
    todo = undone
    await setTimeout(10)
  }
  return { executed }
}

const opened = await openers[job.store]()
const outcome = await (job.role === 'race' ? race(opened) : work(opened))
writeSync(1, JSON.stringify(outcome))
await opened.close()
