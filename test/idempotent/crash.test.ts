import { fileURLToPath } from 'node:url'
import { postgresStore } from 'countersign/stores/postgres'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { startProcess } from '../../examples/payments/story/process'
import { send } from '../adapters/idempotent-mounts'
import { startPostgres } from '../servers/postgres'

const server = await startPostgres()
afterAll(() => server?.stop())

describe.skipIf(!server)('an API in processes that are killed', () => {
  it('pays once, wherever it is killed, and answers as if nothing had been', async () => {
    const DATABASE = server?.url ?? ''
    const pool = new pg.Pool({ connectionString: DATABASE })
    const start = (CRASH: string) =>
      startProcess('the API', fileURLToPath(new URL('crashing.ts', import.meta.url)), { DATABASE, CRASH })
    await postgresStore(pool).migrate()
    await pool.query('create table payments (key text)')

    const crashes = ['after the write', 'before the commit', 'after the commit']
    await Promise.all(
      crashes.map(async (crash) => {
        const api = start(crash)
        const answer = send(await api.listening, { key: `"${crash}"` })
        expect(await answer.catch((error: Error) => error.name), crash).toBe('TypeError')
      }),
    )
    const healthy = start('never')
    const url = await healthy.listening
    const answers: unknown[] = []
    for (const crash of crashes) {
      // The lease of the dead ends by the clock of the database.
      const answer = () => send(url, { key: `"${crash}"` })
      await expect.poll(async () => (await answer()).status, { timeout: 10_000, interval: 100 }).not.toBe(409)
      const { status, text, headers } = await answer()
      answers.push([status, text, headers['idempotent-replayed']])
    }
    expect(answers).toEqual([
      [201, '{"attempt":2}', 'true'],
      [201, '{"attempt":2}', 'true'],
      [201, '{"attempt":1}', 'true'],
    ])
    const { rows } = await pool.query<{ key: string }>('select key from payments')
    expect(rows.map(({ key }) => key).sort()).toEqual(crashes.map((crash) => `"${crash}"`).sort())
    await healthy.stop()
    await pool.end()
  })
})
