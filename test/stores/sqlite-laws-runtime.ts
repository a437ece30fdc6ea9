import { type Database, sqliteStore } from 'countersign/stores/sqlite'
import { storeContract } from 'countersign/testing'

// The laws on a runtime's own SQLite: `node:sqlite` of a newer Node and `bun:sqlite` of Bun, whose modules the types of the oldest Node do
// not know. Bundled and run by that runtime. Prints what does not hold.

const isBun = 'Bun' in globalThis
const { DatabaseSync, Database: Sqlite = DatabaseSync } = (
  isBun ? await import('bun:sqlite' as string) : process.getBuiltinModule('node:sqlite' as 'node:fs')
) as Readonly<Record<'DatabaseSync' | 'Database', new (file: string, options?: object) => Database>>
const [file = ''] = process.argv.slice(2)

function open(options?: object): Database {
  const database = options ? new Sqlite(file, options) : new Sqlite(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF')
  return database
}

/** As before Node 22.16, which does not tell whether a transaction is open. */
function openOlder(): Database {
  const database = open()
  return {
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}

const now = (clock: { now(): number }) => () => new Date(clock.now())
const stores = {
  'a function': storeContract((clock) => sqliteStore(() => open(), { now: now(clock) })),
  'a function that knows of no transaction': storeContract((clock) => sqliteStore(openOlder, { now: now(clock) })),
  'a connection, integers as bigints, and rows as arrays where it knows them': storeContract((clock) =>
    sqliteStore(open(isBun ? { safeIntegers: true } : { returnArrays: true, readBigInts: true }), { now: now(clock) }),
  ),
}

await sqliteStore(() => open()).migrate()
let count = 0
for (const [name, laws] of Object.entries(stores)) {
  for (const law of laws) {
    count++
    await law.run().catch((error) => console.log(JSON.stringify(`${name}: ${error}`)))
  }
}
console.log(count)
