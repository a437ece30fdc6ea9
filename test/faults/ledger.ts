import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** A store that several processes can share. */
export type StoreName = 'postgres' | 'mysql' | 'sqlite' | 'redis'

/** What a worker is told. */
export interface Job {
  readonly role: 'race' | 'work'
  readonly store: StoreName
  /** Where the database is. */
  readonly url: string
  /** The store's table, or its prefix. */
  readonly table: string
  /** Where effects are written down. */
  readonly ledger: string
  readonly events: number
  readonly transaction: boolean
  /** The step at which it dies, and the how manieth time that it is reached. */
  readonly step?: string
  readonly times: number
}

/** Between any two of these a process may die. */
const steps = {
  transaction: [
    ...['before claim', 'after claim', 'after begin', 'before write', 'after write', 'before complete', 'after complete'],
    ...['before commit', 'after commit', 'before release', 'after release'],
  ],
  plain: [
    ...['before claim', 'after claim', 'before write', 'after write', 'before complete', 'after complete'],
    ...['before release', 'after release'],
  ],
}

/** What came of a run: how often each event took effect, and who died where. */
export interface Ledger {
  readonly events: number
  readonly workers: number
  readonly kills: number
  readonly killedAt: readonly string[]
  readonly lost: number
  readonly repeated: number
}

/** Starts a worker; resolves when it is over. */
async function start(program: readonly string[], job: Job) {
  const child = spawn(program[0] ?? '', [...program.slice(1), JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const said = text(child.stdout)
  const [code, signal] = await once(child, 'close')
  process.off('exit', end)
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`A worker ended with ${code ?? signal}.`)
  return JSON.parse((await said) || '{}') as { diedAt?: string; executed?: number; won?: number; lost?: number }
}

/** Runs workers that die and are followed by others until all events are done; `programs` take turns. */
export async function keepLedger(
  programs: readonly (readonly string[])[],
  job: Omit<Job, 'role' | 'times' | 'step'>,
  { workers = 5, kills, counts }: { workers?: number; kills: number; counts(): Promise<ReadonlyMap<string, number>> },
): Promise<Ledger> {
  const where = steps[job.transaction ? 'transaction' : 'plain']
  const killedAt: string[] = []
  let started = 0

  async function keepWorking(): Promise<void> {
    const turn = started++
    // Those who follow the last death live.
    const mortal = turn < kills ? { step: where[turn % where.length] as string } : {}
    const program = programs[turn % programs.length] as readonly string[]
    const { diedAt } = await start(program, { ...job, ...mortal, role: 'work', times: turn % 3 ? 1 : 2 })
    if (diedAt === undefined) return
    killedAt.push(diedAt)
    return keepWorking()
  }
  await Promise.all(Array.from({ length: workers }, keepWorking))

  const found = await counts()
  const all = Array.from({ length: job.events }, (_, index) => found.get(`event/${index}`) ?? 0)
  return {
    events: job.events,
    workers,
    kills: killedAt.length,
    killedAt: [...new Set(killedAt)].sort(),
    lost: all.filter((times) => times === 0).length,
    repeated: all.filter((times) => times > 1).length,
  }
}

/** Runs processes that race for the same keys; gives how often each won and lost. */
export const runRace = (programs: readonly (readonly string[])[], job: Omit<Job, 'role' | 'times' | 'step'>, processes: number) =>
  Promise.all(
    Array.from({ length: processes }, (_, index) =>
      start(programs[index % programs.length] as readonly string[], { ...job, role: 'race', times: 0 }),
    ),
  )
