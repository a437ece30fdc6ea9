import { setTimeout } from 'node:timers/promises'
import { createIdempotency } from 'countersign/idempotency'
import { type Database, sqliteStore, type TransactionalSqliteStore } from 'countersign/stores/sqlite'

// A process of its own, bundled first: by better-sqlite3, or under a newer Node by `node:sqlite`. Prints one JSON line at its end.

type Open = (file: string) => Database

const builtin = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown as
  | { readonly DatabaseSync: new (file: string, options: object) => Database }
  | undefined

async function load(): Promise<Open> {
  if (builtin) return (file) => new builtin.DatabaseSync(file, { timeout: 5000 })
  const { default: BetterSqlite3 } = await import('better-sqlite3')
  return (file) => new BetterSqlite3(file)
}

const [role = '', file = '', name = '', ...rest] = process.argv.slice(2)
const openFile = await load()
const store = sqliteStore(() => {
  const database = openFile(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  return database
})

function shuffled<T>(values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, at: Math.random() }))
  return keyed.sort((one, other) => one.at - other.at).map(({ value }) => value)
}
const names = (count: number) => shuffled(Array.from({ length: count }, (_, index) => `event/${index}`))

/** Claims every key, each in an order of its own; tells how often it won. */
async function race(count: number) {
  await store.migrate()
  const claims = await Promise.all(
    names(count).map((key) => store.claim(key, { token: `${name}/${key}`, leaseMs: 3_600_000, retentionMs: 7_200_000 })),
  )
  return {
    won: claims.filter(({ status }) => status === 'claimed').length,
    lost: claims.filter(({ status }) => status === 'in_progress').length,
  }
}

/** Does every event, until it is known to be done; dies when it has come to that step so often. */
async function work(count: number, step: string, times: number) {
  let left = times
  const at = (reached: string) => {
    if (reached === step && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
  const watched: TransactionalSqliteStore<Database> = {
    ...store,
    async claim(key, options) {
      const claim = await store.claim(key, options)
      if (claim.status === 'claimed') at('claimed')
      return claim
    },
    async complete(...given) {
      const isCompleted = await store.complete(...given)
      at('completed')
      return isCompleted
    },
    async transaction(transact) {
      const result = await store.transaction(transact)
      at('committed')
      return result
    },
  }
  const { run } = createIdempotency({ store: watched, leaseSeconds: 0.25 })
  let executed = 0

  for (let todo = names(count); todo.length > 0; todo = shuffled(todo)) {
    const undone: string[] = []
    for (const event of todo) {
      const done = run(
        event,
        async ({ transaction }) => {
          at('begun')
          transaction.prepare('INSERT INTO ledger (event, worker) VALUES (?, ?) RETURNING 1').all(event, name)
          at('written')
          await setTimeout(1)
        },
        { transaction: true },
      )
      const status = await done.then(
        (outcome) => outcome.status,
        ({ code }) => code,
      )
      if (status === 'executed') executed++
      else if (status !== 'replayed') undone.push(event)
    }
    todo = undone
    await setTimeout(20)
  }
  return { executed }
}

const [first, second = '', third] = rest
const outcome = role === 'race' ? await race(Number(first)) : await work(Number(first), second, Number(third))
console.log(JSON.stringify(outcome))
