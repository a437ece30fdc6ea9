// A process of its own: it receives, or works on what was put in the inbox.
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { webhook } from '../../src/adapters/node'
import { tableInbox } from '../../src/queues/table'
import { standardWebhooks } from '../../src/schemes'
import { postgresStore } from '../../src/stores/postgres'

const [role, way, wait = '', url, port, secret = ''] = process.argv.slice(2)

const pool = new pg.Pool({ connectionString: url, max: 10 })
const inbox = tableInbox(pool)
const hook = webhook(
  { scheme: standardWebhooks, secret, store: postgresStore(pool), ...(way === 'inbox' && { inbox }) },
  async (event) => {
    // What another service takes to answer.
    if (Number(wait) > 0) await setTimeout(Number(wait))
    await pool.query('insert into effects values ($1)', [event.id])
  },
)
if (role === 'work') await inbox.work(hook, { concurrency: 60, pollSeconds: 0.05 })
else createServer(hook).listen(Number(port), '127.0.0.1')
