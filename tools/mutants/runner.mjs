import { setTimeout } from 'node:timers/promises'
import { createVitest } from 'vitest/node'
import { channelName } from './channel.mjs'

/** How long a test may take with a mutant, where it took that long without; more is endless. */
const mostMilliseconds = (duration) => 3000 + 10 * duration

/** What is told of a worker that a loop without end keeps from answering. */
async function silence(milliseconds) {
  await setTimeout(milliseconds, undefined, { ref: false })
  return { outcome: 'timeout', id: 'none', message: 'no answer', isSpoilt: true }
}

/**
 * A test runner for Stryker that loads the tests once, and runs them again and again where they are.
 *
 * Stryker's own starts a worker for every mutant and file of tests, which takes seconds where the tests take milliseconds. Here a
 * test that fails with a mutant counts only if it passes again without it; else the worker is made anew, and asked again.
 */
class Replays {
  #vitest
  #channel
  #running
  #durations = new Map()
  /** Whether the worker has tried anything since it was made. */
  #isUsed = false

  /** A mutant is switched on while a test runs and no longer, so that nothing is ever loaded under one. */
  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    const { tests, coverage } = await this.#start()
    for (const { id, duration } of tests) this.#durations.set(id, duration)
    const { unfit } = await this.#ask('rehearsal')
    for (const [id, why] of unfit) {
      delete coverage.perTest[id]
      process.stdout.write(`Left out, since it does not pass a second time: ${id}: ${why}\n`)
    }
    return {
      status: 'complete',
      mutantCoverage: coverage,
      tests: tests.map(({ id, fileName, state, duration, message = '' }) => ({
        id,
        name: id.slice(id.indexOf('#') + 1),
        fileName,
        timeSpentMs: duration,
        // 0 is passed, 1 failed, 2 skipped.
        ...(state === 'fail' ? { status: 1, failureMessage: message } : { status: state === 'pass' ? 0 : 2 }),
      })),
    }
  }

  async mutantRun({ activeMutant, testFilter = [], hitLimit = Number.POSITIVE_INFINITY }) {
    const durationOf = (id) => this.#durations.get(id) ?? 500
    const tests = testFilter
      .toSorted((one, other) => durationOf(one) - durationOf(other))
      .map((id) => [id, mostMilliseconds(durationOf(id))])
    const most = testFilter.reduce((sum, id) => sum + 3 * durationOf(id), 30_000)
    const attempt = async () => {
      if (!this.#running) await this.#start({ MUTANTS_COLLECT_ONLY: 'true' }, testFilter[0]?.split('#')[0])
      const isFresh = !this.#isUsed
      this.#isUsed = true
      const heard = await Promise.race([this.#ask('mutant', { mutant: activeMutant.id, tests, hitLimit }), silence(most)])
      if (heard.isSpoilt) await this.#end()
      return { ...heard, isSure: isFresh || !heard.isSpoilt }
    }
    const first = await attempt()
    // Whether this mutant or an earlier one has spoilt the worker is told by a fresh one.
    const { outcome, id, message, ran } = first.isSure || first.outcome === 'timeout' ? first : await attempt()
    switch (outcome) {
      case 'killed':
        return { status: outcome, killedBy: [id], failureMessage: message, nrOfTests: ran }
      case 'timeout':
        return { status: outcome, reason: `${id}: ${message}` }
      case 'survived':
        return { status: outcome, nrOfTests: ran }
      default:
        return { status: 'error', errorMessage: message }
    }
  }

  async dispose() {
    await this.#end()
    await this.#close()
  }

  async #close() {
    await this.#vitest?.close()
    this.#vitest = undefined
  }

  /** With one file the worker reads that one alone, and others when they are needed. */
  async #start(environment = {}, only = undefined) {
    this.#isUsed = false
    this.#channel = new BroadcastChannel(channelName)
    const ready = this.#hear('ready')
    this.#vitest ??= await createVitest('test', {
      config: 'vitest.mutants.config.ts',
      runner: './tools/mutants/worker.mjs',
      pool: 'threads',
      maxWorkers: 1,
      isolate: false,
      watch: false,
      teardownTimeout: 500,
      reporters: [{}],
      onConsoleLog: () => false,
    })
    const all = await this.#vitest.globTestSpecifications()
    const files = only ? all.filter(({ moduleId }) => moduleId.endsWith(`/${only}`)) : all
    Object.assign(process.env, { NODE_ENV: 'test', ...environment })
    this.#running = this.#vitest.runTestSpecifications(files, true)
    return ready
  }

  async #end() {
    if (!this.#running) return
    this.#channel.postMessage({ ask: 'end' })
    const hasEnded = await Promise.race([this.#running.then(() => true), setTimeout(3000, false)])
    this.#channel.close()
    this.#running = undefined
    if (!hasEnded) await this.#close()
  }

  #ask(what, given) {
    const answer = this.#hear(what)
    this.#channel.postMessage({ ask: what, ...given })
    return answer
  }

  #hear(what) {
    return new Promise((resolve) => {
      const listen = ({ data: { tell, ...heard } }) => {
        if (tell !== what) return
        this.#channel.removeEventListener('message', listen)
        resolve(heard)
      }
      this.#channel.addEventListener('message', listen)
    })
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'vitest', factory: () => new Replays() }]
