/**
 * Mutation testing: `npm run mutants`, by hand. A floor is chosen with MUTATE=core, several with MUTATE=core,crypto.
 *
 * With MUTANTS=slow each mutant has workers of its own, as Stryker does it, which takes hours where this takes minutes.
 */
const floors = (process.env.MUTATE ?? 'core,crypto,signing,schemes,idempotency,receiver').split(',')

/** Whose tests hold a floor, beside its own. */
const beside = { core: 'signing', crypto: 'signing,schemes', schemes: 'signing' }

const runner =
  process.env.MUTANTS === 'slow'
    ? {
        plugins: ['@stryker-mutator/vitest-runner'],
        vitest: { configFile: 'vitest.mutants.config.ts', related: false },
      }
    : { plugins: ['./tools/mutants/runner.mjs'] }

process.env.MUTANT_TESTS ??= [...new Set(floors.flatMap((floor) => [floor, beside[floor] ?? floor]))].join(',')

export default {
  testRunner: 'vitest',
  ...runner,
  mutate: floors.map((floor) => `src/${floor}/**/*.ts`),
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: Number(process.env.MUTANTS_AT_ONCE ?? 2),
  timeoutMS: 5000,
  reporters: ['json', 'clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: 'reports/mutants.json' },
  tempDirName: '.mutants',
  disableTypeChecks: false,
}
