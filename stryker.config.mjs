/** Mutation testing: `npm run mutants`, by hand, since it takes hours. Floors are chosen with MUTATE=core,crypto. */
const floors = (process.env.MUTATE ?? 'core,crypto,signing,schemes,idempotency,receiver').split(',')

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutants.config.ts', related: false },
  mutate: floors.map((floor) => `src/${floor}/**/*.ts`),
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: Number(process.env.MUTANTS_AT_ONCE ?? 2),
  timeoutMS: 5000,
  reporters: ['json', 'clear-text'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: 'reports/mutants.json' },
  tempDirName: '.mutants',
  disableTypeChecks: false,
}
