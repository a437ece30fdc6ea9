import { createIdempotency } from 'countersign/idempotency'
import { type Completing, postgresStore } from 'countersign/stores/postgres'
import { type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../servers/postgres'

const server = await startPostgres()

describe.skipIf(!server)('context.complete in a transaction of one’s own', async () => {
  const pool = new pg.Pool({ connectionString: server?.url, max: 10 })
  // The server is stopped while connections are still being closed.
  pool.on('error', () => undefined)
  const tagged = postgres(server?.url ?? '', { max: 3, onnotice: () => undefined })
  const kysely = new Kysely<{ payments: { id: string } }>({ dialect: new PostgresDialect({ pool }) })
  const orm = drizzle(pool)
  const store = postgresStore(pool)
  if (server) {
    await store.migrate()
    await pool.query('CREATE TABLE payments (id text)')
  }
  afterAll(async () => {
    await tagged.end()
    await pool.end()
    await server?.stop()
  })
  const { run } = createIdempotency({ store })

  /** Drizzle takes statements as pieces around their values. */
  const piecesOf = (text: string, values: unknown[] = []): SQL =>
    sql.join(text.split(/\$(\d+)/).map((piece, at) => (at % 2 === 0 ? sql.raw(piece) : sql`${values[Number(piece) - 1]}`)))

  /** Writes a payment and completes, in a transaction of each library; `end` may fail it. */
  const libraries: Record<
    string,
    (id: string, complete: (tx: Completing) => Promise<void>, end: () => void) => Promise<unknown>
  > = {
    Drizzle: (id, complete, end) =>
      orm.transaction(
        async (tx) => {
          await tx.execute(sql`INSERT INTO payments VALUES (${id})`)
          await complete({ query: async (text, values) => ({ rows: (await tx.execute(piecesOf(text, values))).rows }) })
          end()
        },
        { isolationLevel: 'repeatable read' },
      ),
    Kysely: (id, complete, end) =>
      kysely
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async (trx) => {
          await trx.insertInto('payments').values({ id }).execute()
          await complete({ query: (text, values) => trx.executeQuery(CompiledQuery.raw(text, values)) })
          end()
        }),
    'postgres.js': (id, complete, end) =>
      tagged.begin(async (tx) => {
        await tx`INSERT INTO payments VALUES (${id})`
        await complete(tx)
        end()
      }),
    pg: async (id, complete, end) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query('INSERT INTO payments VALUES ($1)', [id])
        await complete(client)
        end()
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
  }
  const paid = async (id: string) => (await pool.query('SELECT 1 FROM payments WHERE id = $1', [id])).rowCount

  describe.each(Object.entries(libraries))('%s', (name, pay) => {
    it('commits the writes and the completion together', async () => {
      const id = `${name}-committed`
      const work = () => run(id, ({ complete }) => pay(id, complete, () => undefined).then(() => undefined))
      expect(await work()).toMatchObject({ status: 'executed' })
      expect(await work()).toEqual({ status: 'replayed', result: undefined })
      expect(await paid(id)).toBe(1)
    })

    it('rolls both back together', async () => {
      const id = `${name}-rolled-back`
      const fail = () => {
        throw new Error('mine')
      }
      await expect(run(id, ({ complete }) => pay(id, complete, fail))).rejects.toThrow('mine')
      expect(await paid(id)).toBe(0)
      expect(await run(id, ({ attempt }) => attempt)).toEqual({ status: 'executed', result: 2 })
    })

    it('writes nothing when another has the key', async () => {
      const id = `${name}-fenced`
      const fenced = run(id, async ({ complete }) => {
        await pool.query(`UPDATE countersign_keys SET token = 'another' WHERE key = $1`, [id])
        await pay(id, complete, () => undefined)
      })
      await expect(fenced).rejects.toMatchObject({ code: 'fenced' })
      expect(await paid(id)).toBe(0)
    })
  })
})
