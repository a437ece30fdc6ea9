import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { sqliteStore } from 'countersign/stores/sqlite'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newerNode } from '../package/newer-node'
import { bundleFile, freshFile, openFile } from '../stores/sqlite-files'

const isLong = process.env['FAULTS'] === 'long'

let worker: string
beforeAll(async () => {
  worker = await bundleFile('test/faults/sqlite-worker.ts')
})

/** Starts a worker; every other one on `node:sqlite`, where there is a Node that has it. */
function start(index: number, ...given: readonly (string | number)[]) {
  const node = (index % 2 && newerNode) || process.execPath
  const child = spawn(node, ['--no-warnings', worker, ...given.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** What a worker has said when it is over, and how it ended. */
async function ending(child: ChildProcess) {
  const said = child.stdout ? text(child.stdout) : ''
  const [, signal] = await once(child, 'close')
  return { signal, said: await said }
}

describe('processes on one file', () => {
  test('eight that race for 2000 keys: each is claimed once, and every claim has an answer', { timeout: 60_000 }, async () => {
    const file = freshFile()
    const endings = await Promise.all(
      Array.from({ length: 8 }, (_, index) => ending(start(index, 'race', file, `${index}`, 2000))),
    )
    const counts = endings.map(({ said }) => JSON.parse(said) as { won: number; lost: number })
    expect(counts.reduce((sum, { won }) => sum + won, 0)).toBe(2000)
    expect(counts.reduce((sum, { lost }) => sum + lost, 0)).toBe(7 * 2000)
  })

  const kills = isLong ? 200 : 30
  const steps = ['claimed', 'begun', 'written', 'completed', 'committed']

  test(`150 events, 5 workers, ${kills} times kill -9 between any two steps: none is lost and none is done twice`, {
    timeout: 5000 + kills * 2000,
  }, async () => {
    const file = freshFile()
    const database = openFile(file)
    await sqliteStore(database).migrate()
    database.exec('CREATE TABLE ledger (event TEXT NOT NULL, worker TEXT NOT NULL)')

    let started = 0
    let killed = 0
    async function keepWorking(): Promise<void> {
      const turn = started++
      // Whoever is to die does so at a step of its own, after some events; those who follow the last death live.
      const step = turn < kills ? steps[turn % steps.length] : 'never'
      const { signal, said } = await ending(start(turn, 'work', file, `worker/${turn}`, 150, step ?? '', turn % 3 ? 1 : 2))
      if (signal === null) return expect(JSON.parse(said)).toEqual({ executed: expect.any(Number) })
      expect(signal).toBe('SIGKILL')
      killed++
      return keepWorking()
    }
    await Promise.all(Array.from({ length: 5 }, keepWorking))

    const ledger = database.prepare('SELECT event, count(*) AS times FROM ledger GROUP BY event').all() as { times: number }[]
    expect(ledger).toHaveLength(150)
    expect(ledger.filter(({ times }) => times > 1)).toEqual([])
    // The last of them may come when the others have left nothing to do.
    expect(killed).toBeGreaterThan(kills - 5)
  })
})
