import type { PoolConnection } from 'mysql2/promise'
import { fresh, startStage } from '../stores/mysql-harness'
import { restartLaws } from './restart-laws'

const { server, openPool, openStore, rowsOf } = await startStage()

restartLaws<PoolConnection>({
  server,
  async open() {
    const { store } = await openStore({ connectionLimit: 6 })
    const name = fresh('ledger')
    await openPool().query(`CREATE TABLE ${name} (event INT) ENGINE = InnoDB`)
    return {
      store,
      write: (transaction, event) => transaction.query(`INSERT INTO ${name} VALUES (${event})`),
      ledger: async () => (await rowsOf(`SELECT event FROM ${name}`)).map(({ event }) => event),
    }
  },
})
