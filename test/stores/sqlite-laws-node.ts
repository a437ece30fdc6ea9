import { type Database, sqliteStore } from 'countersign/stores/sqlite'
import { storeContract } from 'countersign/testing'

// The laws on `node:sqlite`: bundled and run by a newer Node, whose module the types of the oldest do not know. Prints what does not hold.

const { DatabaseSync } = process.getBuiltinModule('node:sqlite' as 'node:fs') as unknown as {
  readonly DatabaseSync: new (file: string, options?: object) => Database
}
const [file = ''] = process.argv.slice(2)

function open(options = {}): Database {
  const database = new DatabaseSync(file, options)
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
  'a connection, rows as arrays and integers as bigints': storeContract((clock) =>
    sqliteStore(open({ returnArrays: true, readBigInts: true }), { now: now(clock) }),
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
