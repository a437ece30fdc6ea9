import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createIdempotency } from 'countersign/idempotency'
import { build } from 'esbuild'
import type { PoolConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries } from '../../tools/entries'
import { fresh, holding, hour, settled, startStage } from '../stores/mysql-harness'

const { server, openPool, openStore, rowsOf } = await startStage()
const isLong = process.env['FAULTS'] === 'long'
const events = Array.from({ length: 150 }, (_, event) => event)

async function openLedger() {
  const ledger = fresh('ledger')
  await openPool().query(`CREATE TABLE ${ledger} (event INT) ENGINE = InnoDB`)
  const counts = async () =>
    new Map(
      (await rowsOf(`SELECT event, COUNT(*) AS many FROM ${ledger} GROUP BY event`)).map(({ event, many }) => [event, many]),
    )
  return { ledger, counts }
}

const onceEach = (all: readonly number[]) => new Map(all.map((event) => [event, 1]))

describe.skipIf(!server)('a server that is killed', () => {
  test('keeps what was completed and what is held', async () => {
    const { store } = await openStore()
    const keys = Array.from({ length: 100 }, (_, index) => `key/${index}`)
    await Promise.all(keys.map((key) => store.claim(key, holding(`of ${key}`))))
    await Promise.all(keys.slice(1).map((key) => store.complete(key, `of ${key}`, Uint8Array.of(1), hour)))
    await server?.kill()
    expect(await settled(store.claim('key/1', holding('other')))).toBeInstanceOf(Error)
    await server?.restart()
    for (const key of keys.slice(1)) {
      expect(await store.claim(key, holding('other'))).toEqual({ status: 'completed', result: Uint8Array.of(1) })
    }
    expect(await store.claim('key/0', holding('other'))).toMatchObject({ status: 'in_progress' })
    expect(await store.complete('key/0', 'of key/0', undefined, hour)).toBe(true)
  })

  test('in the middle of transactions, again and again, loses none and repeats none', async () => {
    const { store } = await openStore({ connectionLimit: 6 })
    const { ledger, counts } = await openLedger()
    const { run } = createIdempotency({ store, leaseSeconds: 0.25 })
    const pay = (transaction: PoolConnection, event: number) => transaction.query(`INSERT INTO ${ledger} VALUES (${event})`)
    let done = 0
    let kills = 0
    let isBack: Promise<unknown> | undefined
    const deliver = async (event: number): Promise<void> => {
      const end = await settled(
        run(`${event}`, ({ transaction }) => pay(transaction, event).then(() => event), { transaction: true }),
      )
      if (end instanceof Error) {
        await isBack
        await new Promise((resolve) => setTimeout(resolve, 20))
        return deliver(event)
      }
      done++
      // What is acknowledged by now is in the ledger for good; what is under way may or may not be.
      if (kills < 3 && done >= (kills + 1) * 35) {
        kills++
        isBack = server?.restart()
        await isBack
      }
    }
    await Promise.all(events.map(deliver))
    expect(kills).toBe(3)
    expect(await counts()).toEqual(onceEach(events))
  }, 60_000)
})

describe.skipIf(!server)('processes that are killed', () => {
  let folder: string
  let program: string
  const workers = new Set<ChildProcess>()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-worker-'))
    program = join(folder, 'worker.mjs')
    // A bundle starts within a moment, which counts where so many are started.
    await build({
      entryPoints: [fileURLToPath(new URL('mysql-worker.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
      alias: Object.fromEntries(entries.map(({ specifier, source }) => [specifier, source])),
    })
  })
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  test(
    'between any two statements, lose no event and repeat none',
    async () => {
      const [mostKills, linesBetween] = isLong ? [200, 10] : [30, 70]
      const { store, table } = await openStore()
      const { ledger, counts } = await openLedger()
      const killedAt: string[] = []
      let lines = 0

      /** Runs a worker to its end; one that is killed is followed by another. */
      async function work(): Promise<void> {
        const worker = spawn(process.execPath, [program, server?.url ?? '', table, ledger, `${events.length}`], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        workers.add(worker)
        const code = new Promise((resolve) => worker.once('exit', resolve))
        for await (const line of createInterface(worker.stdout)) {
          if (++lines % linesBetween || killedAt.length >= mostKills || worker.killed) continue
          worker.kill('SIGKILL')
          killedAt.push(line)
        }
        workers.delete(worker)
        if ((await code) === 0) return
        if (!worker.killed) throw new Error('A worker failed.')
        return work()
      }

      await Promise.all(Array.from({ length: 5 }, work))
      expect(killedAt).toHaveLength(mostKills)
      // Not always at the same one.
      expect(new Set(killedAt).size).toBeGreaterThan(6)
      const found = await counts()
      expect({
        lost: events.filter((event) => !found.has(event)),
        repeated: events.filter((event) => (found.get(event) ?? 0) > 1),
      }).toEqual({ lost: [], repeated: [] })
      for (const event of events) expect((await store.claim(`event/${event}`, holding('other'))).status).toBe('completed')
    },
    isLong ? 900_000 : 120_000,
  )
})
