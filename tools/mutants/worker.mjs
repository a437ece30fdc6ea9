import { relative, resolve } from 'node:path'
import { collectTests } from '@vitest/runner'
import { TestRunner, vi } from 'vitest'
import { channelName } from './channel.mjs'
import { replay } from './replay.mjs'

const namesOf = (task) => (task.suite ? [...namesOf(task.suite), task.name] : [task.name])

/**
 * Runs the files of tests as ever, or only reads them, and keeps the tests, to run them again as often as the runner asks.
 *
 * With `isolate: false` one worker has all the files, one after the other; the last one does not end before it is told to.
 */
// biome-ignore lint/style/noDefaultExport: Vitest looks for it.
export default class Worker extends TestRunner {
  /** The variables of the code that Stryker has rewritten. */
  #stryker = (globalThis.__stryker__ ??= {})
  #tests = new Map()
  #ids = new WeakMap()
  #files = 0
  /** Whether the tests run when they are read: the first time, in whatever worker. */
  #runs = process.env.MUTANTS_COLLECT_ONLY === undefined && !this.#stryker.hasRun

  importFile(path, source) {
    // Every file has modules of its own, as where each has a worker.
    if (source === 'collect') vi.resetModules()
    return super.importFile(path, source)
  }

  async onCollected(files) {
    for (const file of files) await this.#keep(file)
  }

  async #keep(suite) {
    const hooks = TestRunner.getSuiteHooks(suite)
    // What it has set up must be there for the next time.
    hooks.afterAll = []
    if (!this.#runs) for (const setUp of hooks.beforeAll) await setUp(suite)
    for (const task of suite.tasks) {
      if (task.type === 'suite') await this.#keep(task)
      else if (task.mode === 'run' || task.mode === 'queued') {
        const id = this.#idOf(task)
        this.#ids.set(task, id)
        this.#tests.set(id, task)
        if (!this.#runs) task.mode = 'skip'
      }
    }
  }

  #idOf(task) {
    // The seed of a property is another one each time.
    const names = namesOf(task)
      .join(' ')
      .replace(/ \(with seed=-?\d+\)/, '')
    const name = `${relative(process.cwd(), task.file.filepath)}#${names}`
    let id = name
    for (let which = 2; this.#tests.has(id); which++) id = `${name} (${which})`
    return id
  }

  async onBeforeRunTask(test) {
    await super.onBeforeRunTask?.(test)
    this.#stryker.currentTestId = this.#ids.get(test)
  }

  async onAfterRunTask(test) {
    await super.onAfterRunTask?.(test)
    this.#stryker.currentTestId = undefined
  }

  async onAfterRunFiles(files) {
    await super.onAfterRunFiles?.(files)
    this.#files += files.length
    this.#stryker.hasRun = true
    if (this.#files === this.workerState.ctx.files.length) await this.#serve()
  }

  #serve() {
    const channel = new BroadcastChannel(channelName)
    const answers = {
      rehearsal: () => this.#rehearse(),
      mutant: (given) => this.#try(given).catch(({ stack }) => ({ outcome: 'error', message: stack, isSpoilt: true })),
    }
    return new Promise((resolve) => {
      channel.onmessage = async ({ data: { ask, ...given } }) => {
        if (ask !== 'end') return channel.postMessage({ tell: ask, ...(await answers[ask](given)) })
        channel.close()
        resolve()
      }
      const tests = Array.from(this.#tests, ([id, { result, file }]) => ({
        id,
        fileName: file.filepath,
        state: result?.state,
        duration: result?.duration ?? 0,
        message: result?.errors?.[0]?.message,
      }))
      channel.postMessage({ tell: 'ready', tests, coverage: this.#stryker.mutantCoverage })
    })
  }

  /** The tests that do not pass a second time, since they hold on to what was there for the first. */
  async #rehearse() {
    const unfit = []
    for (const [id, test] of this.#tests) {
      const failure = await replay(test, 20_000)
      if (failure) unfit.push([id, failure.message])
    }
    return { unfit }
  }

  async #find(id) {
    if (!this.#tests.has(id)) await collectTests([{ filepath: resolve(id.split('#')[0]) }], this)
    return this.#tests.get(id)
  }

  /** Whether one of the tests notices the mutant, and whether that test passes again without it. */
  async #try({ mutant, tests, hitLimit }) {
    let ran = 0
    for (const [id, mostMilliseconds] of tests) {
      ran++
      const test = await this.#find(id)
      Object.assign(this.#stryker, { hitCount: 0, hitLimit, activeMutant: mutant })
      const failure = await replay(test, mostMilliseconds)
      const isEndless = failure?.isLate || this.#stryker.hitCount > hitLimit
      this.#stryker.activeMutant = undefined
      if (isEndless) return { outcome: 'timeout', id, message: failure?.message ?? 'endless', isSpoilt: true }
      if (!failure) continue
      const isSpoilt = (await replay(test, mostMilliseconds)) !== undefined
      return { outcome: 'killed', id, ran, message: failure.message, isSpoilt }
    }
    return { outcome: 'survived', ran }
  }
}
