import { expect, TestRunner } from 'vitest'

const { setTimeout: later, clearTimeout: cancel } = globalThis

/** Settles as some work does, or rejects when it takes too long; by the true clock, whatever a test has made of it. */
function within(milliseconds, work) {
  let timer
  const late = new Promise((_, reject) => {
    timer = later(() => reject(Object.assign(new Error('took too long'), { isLate: true })), milliseconds)
  })
  return Promise.race([work(), late]).finally(() => cancel(timer))
}

/** The suites around a test, the innermost first. */
function suitesOf({ suite, file }) {
  const suites = []
  for (let around = suite; around; around = around.suite) suites.push(around)
  return suites.includes(file) ? suites : [...suites, file]
}

/** Runs a test with its hooks once more. Undefined where it passes, else why it does not. */
export async function replay(test, mostMilliseconds) {
  const suites = suitesOf(test)
  const ends = []
  let failure
  const attempt = async (work) => {
    try {
      await within(mostMilliseconds, async () => work())
    } catch (error) {
      failure ??= { message: String(error?.message ?? error), isLate: error?.isLate === true }
    }
  }
  test.result = { state: 'run' }
  // Tests of properties ask for it.
  TestRunner.getCurrentTest = () => test
  expect.setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null, currentTestName: test.name })
  for (const suite of suites.toReversed()) {
    for (const hook of TestRunner.getSuiteHooks(suite).beforeEach) {
      await attempt(async () => {
        const end = await hook(test.context, suite)
        if (typeof end === 'function') ends.push(end)
      })
    }
  }
  if (!failure) await attempt(TestRunner.getTestFn(test))
  for (const suite of suites)
    for (const hook of TestRunner.getSuiteHooks(suite).afterEach) await attempt(() => hook(test.context, suite))
  for (const end of [...ends, ...(test.onFinished ?? [])].toReversed()) await attempt(() => end(test.context))
  test.onFinished = undefined
  return failure
}
