import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends every run with `N passed, N failed, N skipped`, alone on the last line.
 *
 * Whatever is no test and goes wrong counts as failed too: a file that does not load, a hook, an unhandled error, a run that never
 * ends properly, a coverage threshold.
 */
export function closingLine(): Reporter {
  let counts = { passed: 0, failed: 1, skipped: 0 }
  return {
    // Coverage is reported after the tests, so the very last line belongs to the end of the process.
    onInit() {
      process.once('exit', (code) => {
        const failed = code === 0 ? counts.failed : Math.max(counts.failed, 1)
        process.stdout.write(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`)
        if (failed > 0) process.exitCode = 1
      })
    },
    onTestRunEnd(modules, unhandledErrors) {
      counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
      for (const module of modules) count(module, counts)
    },
  }
}

function count(module: TestModule, counts: { passed: number; failed: number; skipped: number }): void {
  if (module.errors().length > 0) counts.failed++
  for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    // A test that was never run is no success.
    counts[state === 'pending' ? 'failed' : state]++
  }
}
