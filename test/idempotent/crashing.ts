/** A process of its own: an API that is killed at the step that `CRASH` names, on the PostgreSQL of `DATABASE`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { idempotent } from 'countersign/node'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env['DATABASE'] })
const store = postgresStore(pool)
const crash = (step: string) => {
  if (process.env['CRASH'] === step) process.kill(process.pid, 'SIGKILL')
}

const pay = idempotent(
  {
    scope: () => 'alice',
    leaseSeconds: 1,
    transaction: true,
    store: {
      ...store,
      async complete(...given: Parameters<typeof store.complete>) {
        const answer = await store.complete(...given)
        crash('before the commit')
        return answer
      },
      async transaction<R>(work: (transaction: pg.PoolClient) => Promise<R>) {
        const result = await store.transaction(work)
        crash('after the commit')
        return result
      },
    },
  },
  async (request, { transaction, reply, attempt }) => {
    await transaction.query('insert into payments values ($1)', [request.headers.get('idempotency-key')])
    crash('after the write')
    return reply({ status: 201, body: { attempt } })
  },
)

const server = createServer(pay).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ listening: `http://127.0.0.1:${(server.address() as AddressInfo).port}/payments` }))
})
