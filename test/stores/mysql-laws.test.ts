import { mysqlStore } from 'countersign/stores/mysql'
import { storeContract } from 'countersign/testing'
import { createPool } from 'mysql2/promise'
import { afterAll, describe, test } from 'vitest'
import { startMariadb } from '../servers/mariadb'

const server = await startMariadb()

describe.skipIf(!server)('mysqlStore on MariaDB', { concurrent: true }, () => {
  const pools: { end(): Promise<void> }[] = []
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await server?.stop()
  })

  // A table for each, since one of the laws counts what is swept.
  async function open() {
    const pool = createPool({ uri: server?.url ?? '' })
    const store = mysqlStore(pool, { table: `keys_${pools.push(pool)}` })
    await store.migrate()
    return store
  }

  for (const { name, run } of storeContract(open, { dropsResults: true })) test(name, run, 60_000)
})
